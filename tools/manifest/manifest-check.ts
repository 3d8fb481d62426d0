#!/usr/bin/env node
// Checks that the package.json in the current folder names exactly the packages that the project's files import.
import { globSync, readFileSync } from "node:fs";
import { join, matchesGlob, relative, sep } from "node:path";
import ts from "typescript";
import { workspaceRoot } from "../check/run-program.ts";
import { testFiles } from "../lint/layers.ts";
import { manifestProblems, type Manifest } from "./manifest-problems.ts";

const project = process.cwd();
const skipped = new Set(["node_modules", "dist", "reports", "testdata"]);
const imports = { source: new Set<string>(), tests: new Set<string>() };
for (const file of globSync("**/*.{ts,mjs}", { cwd: project, exclude: (name) => skipped.has(name) })) {
  const path = file.split(sep).join("/");
  const side = [...testFiles, "*.config.ts"].some((glob) => matchesGlob(path, glob)) ? imports.tests : imports.source;
  for (const { fileName } of ts.preProcessFile(readFileSync(join(project, file), "utf8"), true, true).importedFiles) side.add(fileName);
}

const root = readManifest(workspaceRoot);
const problems = manifestProblems(readManifest(project), imports, new Set(Object.keys(root.devDependencies ?? {})));
for (const problem of problems) console.error(`${join(relative(workspaceRoot, project), "package.json")}: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
