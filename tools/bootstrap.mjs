// Makes a clone ready to run: installs the dependencies when they are missing or older than package-lock.json, then checks that the
// Node that they bring really runs. Plain JavaScript on Node's own modules: it runs on the machine's Node (20 or later), before anything
// is installed. Writes to stderr only, so that the output of what follows stays clean. `--silent` reports problems and installs alone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const lockFile = join(root, "package-lock.json");
const stampFile = join(modules, ".tapio-installed");

/** A problem whose text says what to do about it. */
class SetupError extends Error {}

function main() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20)
    throw new SetupError(
      `Node ${process.versions.node} is too old to set this project up.\nInstall Node 20 or later, then run the command again.`,
    );
  if (!isInstalled()) install();
  checkNode();
}

function isInstalled() {
  // npm writes this file last: without it an install was interrupted.
  const written = modifiedMs(join(modules, ".package-lock.json"));
  if (written === 0) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockHash()) return true;
  // Installed by hand, after the lock file had changed.
  if (written < modifiedMs(lockFile)) return false;
  writeFileSync(stampFile, lockHash());
  return true;
}

function install() {
  const startedMs = Date.now();
  say(
    `${existsSync(modules) ? "The dependencies are older than package-lock.json" : "First use"}: installing the dependencies (npm ci) ...`,
  );
  // The pinned packages want the Node that is being installed, not this one: `error` leaves that warning out.
  const { status, error } = npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (error !== undefined || status !== 0) {
    throw new SetupError(
      `npm ci failed (${error?.message ?? `exit code ${status}`}); its own message stands above.\n` +
        "If it names the network or a registry, check `npm ping`. If it says that package.json and package-lock.json do not match, run `npm install`.",
    );
  }
  writeFileSync(stampFile, lockHash());
  say(`Installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

/** Runs the npm that runs this script, with the Node that runs it; else the one on the PATH. */
function npm(args) {
  const cli = process.env["npm_execpath"];
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  if (cli !== undefined && cli.endsWith(".js"))
    return spawnSync(process.env["npm_node_execpath"] ?? process.execPath, [cli, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}

function checkNode() {
  const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).optionalDependencies;
  const [name, version] = Object.entries(pinned).find(([dependency]) => existsSync(join(modules, dependency, "package.json"))) ?? [];
  const reinstall = "Delete node_modules and run the command again.";
  if (name === undefined) {
    throw new SetupError(
      `npm installed no Node for ${process.platform}-${process.arch}.\n` +
        `It comes as one of the optional dependencies ${Object.keys(pinned).join(", ")}: check that \`npm config get omit\` is empty. ${reinstall}`,
    );
  }
  const binary = join(modules, name, "bin", process.platform === "win32" ? "node.exe" : "node");
  const { status, stdout, stderr, error } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  if (status !== 0) throw new SetupError(`The Node ${version} in ${binary} does not run: ${whyNot(binary, error, stderr)}`);
  if (stdout.trim() !== `v${version}`) throw new SetupError(`${binary} is Node ${stdout.trim()}, but ${version} is pinned. ${reinstall}`);
  if (!existsSync(join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node"))) {
    throw new SetupError(
      `node_modules/.bin has no link to Node, so scripts would run on the machine's Node ${process.versions.node}. ${reinstall}`,
    );
  }
}

function whyNot(binary, error, stderr) {
  if (error?.code === "ENOENT" && existsSync(binary)) {
    return "its dynamic loader is missing, so this is likely a musl system (Alpine).\nUse a system with glibc, such as Debian, Ubuntu or Fedora.";
  }
  if (error?.code === "EACCES")
    return "permission denied.\nMove the clone to a file system that is not mounted `noexec`, or delete node_modules and run the command again.";
  if (/GLIBC/u.test(stderr ?? ""))
    return `${stderr.trim()}\nThis system's glibc is too old for it: use a newer distribution (glibc 2.28 or later).`;
  return `${error?.message ?? stderr?.trim() ?? "no reason given"}\nDelete node_modules and run the command again.`;
}

function lockHash() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex");
}

function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`\nSet-up failed. ${error.message}\n`);
  process.exitCode = 1;
}
