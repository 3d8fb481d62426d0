import { fileURLToPath } from "node:url";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readInput } from "./read-input.ts";

const here = fileURLToPath(new URL("./testdata", import.meta.url));

describe("readInput", () => {
  it("reads a file, and standard input as -", async () => {
    expect(Buffer.from(await readInput(`${here}/webhook-only.yaml`, Readable.from([]))).toString()).toContain("destinations:");
    expect(Buffer.from(await readInput("-", Readable.from([Buffer.from("ab"), Buffer.from("c")]))).toString()).toBe("abc");
  });

  it.each([
    ["a file that is not there", `${here}/gone`, "there is no such file"],
    ["a folder", here, "it is a folder"],
  ])("ends with 3 and says what to do with %s", async (_name, path, reason) => {
    await expect(readInput(path, Readable.from([]))).rejects.toMatchObject({
      code: 3,
      message: `${path} cannot be read: ${reason}. Give the path of a file, or "-" for standard input`,
    });
  });
});
