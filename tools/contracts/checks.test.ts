import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clone } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram, workspaceRoot } from "../check/run-program.ts";
import { imageFile } from "./checks.ts";
import { differencesOf } from "./tree-differences.ts";
import { canonical } from "./validate-proto.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapio-contracts-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

describe("the committed image", () => {
  it("refuses a field that is taken away, and lets one be added", async () => {
    for (const name of ["proto", "third_party", "buf.yaml"]) await cp(join(workspaceRoot, name), join(folder, name), { recursive: true });
    const file = join(folder, "proto/tapio/domain/v1/event.proto");
    const text = await readFile(file, "utf8");
    const breaking = async (): Promise<number> =>
      (await runProgram("buf", ["breaking", join(folder, "proto"), "--exclude-imports", "--against", imageFile])).code;

    await writeFile(file, text.replace(/^message Event \{/mu, "message Event {\n  string added_by_a_test = 4000;"));
    expect(await breaking()).toBe(0);
    await writeFile(file, text.replace(/^ {2}string message = \d+.*;$/mu, ""));
    expect(await readFile(file, "utf8")).not.toBe(text);
    expect(await breaking()).toBe(100);
  });
});

describe("the freshness of generated code", () => {
  it("names files that are missing, left over and different", async () => {
    for (const [tree, name, text] of [
      ["have", "same.ts", "1"],
      ["want", "same.ts", "1"],
      ["have", "changed.ts", "1"],
      ["want", "changed.ts", "2"],
      ["have", "left-over.ts", "1"],
      ["want", "new.ts", "1"],
    ] as const) {
      await cp(join(workspaceRoot, ".gitignore"), join(folder, tree, name), { recursive: true });
      await writeFile(join(folder, tree, name), text);
    }
    expect(await differencesOf(join(folder, "have"), join(folder, "want"))).toEqual([
      "differs: changed.ts",
      "unexpected: left-over.ts",
      "missing: new.ts",
    ]);
  });
});

describe("the comparison of validate.proto", () => {
  it("sees a changed field and is blind to source positions", () => {
    const original = file_buf_validate_validate.proto;
    const positioned = clone(FileDescriptorProtoSchema, original);
    positioned.sourceCodeInfo = { $typeName: "google.protobuf.SourceCodeInfo", location: [] };
    expect(canonical(positioned)).toEqual(canonical(original));

    const changed = clone(FileDescriptorProtoSchema, original);
    const [field] = changed.messageType[0]?.field ?? [];
    if (field !== undefined) field.number += 1;
    expect(canonical(changed)).not.toEqual(canonical(original));
  });
});
