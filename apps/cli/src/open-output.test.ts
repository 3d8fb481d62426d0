import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openOutput } from "./open-output.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapioctl-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("openOutput", () => {
  it("writes text and bytes to a new file", async () => {
    const output = await openOutput(join(folder, "a"), new PassThrough());
    await output.write("ab\n");
    await output.write(new Uint8Array([99]));
    await output.close();
    expect(await readFile(join(folder, "a"), "utf8")).toBe("ab\nc");
  });

  it("OPS-34: overwrites nothing, and says what is wrong", async () => {
    await (await openOutput(join(folder, "a"), new PassThrough())).close();
    await expect(openOutput(join(folder, "a"), new PassThrough())).rejects.toMatchObject({
      code: 3,
      message: `${join(folder, "a")} cannot be written: it exists, and is not overwritten. Give another path, or remove it first`,
    });
    await expect(openOutput(join(folder, "no", "a"), new PassThrough())).rejects.toThrow(/its folder does not exist$/);
  });

  it("waits for standard output where it is slow", async () => {
    const stdout = new PassThrough({ highWaterMark: 4 });
    const output = await openOutput("-", stdout);
    let isWritten = false;
    const written = output.write("123456").then(() => (isWritten = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(false);
    expect(String(stdout.read())).toBe("123456");
    await written;
    await output.close();
    expect(stdout.writableEnded).toBe(false);
  });
});
