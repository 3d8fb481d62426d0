import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckStep } from "../check/check-step.ts";
import { runProgram, workspaceRoot } from "../check/run-program.ts";
import { differencesOf } from "./tree-differences.ts";
import { validateProtoProblem } from "./validate-proto.ts";

/** The contracts that were promised, as a compiled image: what `buf breaking` compares with. */
export const imageFile = "proto/image.binpb";
const generated = "libs/contracts/src/gen";

/** What must hold for `proto/` and everything that is made from it. */
export const contractChecks: readonly CheckStep[] = [
  { name: "contracts: buf lint", run: async () => buf("lint") },
  { name: "contracts: buf format", run: async () => buf("format", "--diff", "--exit-code", "proto") },
  { name: "contracts: buf breaking", run: breaking },
  { name: "contracts: the generated code is what the .proto files say", run: freshness },
  { name: "contracts: validate.proto is the one that protovalidate embeds", run: async () => withFolder(validateProtoProblem) },
];

async function breaking(): Promise<string | undefined> {
  if (!existsSync(join(workspaceRoot, imageFile))) return `${imageFile} is missing. Run: npm run contracts:image -- --accept-breaking`;
  return buf("breaking", "proto", "--exclude-imports", "--against", imageFile);
}

async function freshness(): Promise<string | undefined> {
  return withFolder(async (folder) => {
    const failed = await buf("generate", "-o", folder);
    if (failed !== undefined) return failed;
    const differences = await differencesOf(join(workspaceRoot, generated), join(folder, generated));
    return differences.length === 0 ? undefined : `${generated} is stale. Run: npm run generate\n${differences.join("\n")}`;
  });
}

async function buf(...args: string[]): Promise<string | undefined> {
  const { code, output } = await runProgram("buf", args);
  return code === 0 ? undefined : output.trim() || `buf ${args.join(" ")} ended with code ${code}`;
}

async function withFolder(use: (folder: string) => Promise<string | undefined>): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "tapio-contracts-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
