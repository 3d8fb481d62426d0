import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCaFile } from "./ca-file.ts";

const caFile = fileURLToPath(new URL("../testdata/ca.pem", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapio-ca-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function problemOf(content: string): Promise<{ code: string; message: string }> {
  const path = join(folder, "ca.pem");
  await writeFile(path, content);
  return await readCaFile(path).then(
    () => ({ code: "none", message: "" }),
    (error: { code: string; message: string }) => error,
  );
}

describe("readCaFile", () => {
  it("gives the file's PEM, and nothing when there is none", async () => {
    expect(await readCaFile(caFile)).toBe(await readFile(caFile, "utf8"));
    expect(await readCaFile("")).toBeUndefined();
  });

  it("names a file that is missing", async () => {
    await expect(readCaFile(join(folder, "missing.pem"))).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/^ca_file: cannot be read: ENOENT.*missing\.pem/) as string,
    });
  });

  it("refuses a file without a certificate, and one with a broken one", async () => {
    expect(await problemOf("nothing here")).toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/^ca_file: .* holds no PEM certificate$/) as string,
    });
    const good = await readFile(caFile, "utf8");
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(await problemOf(good + broken)).toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/^ca_file: certificate 2 of .* cannot be read/) as string,
    });
  });
});
