import { once } from "node:events";
import { open } from "node:fs/promises";
import { CommandFailure, type Output } from "./io.ts";

const reasons: { readonly [code: string]: string } = {
  EEXIST: "it exists, and is not overwritten. Give another path, or remove it first",
  ENOENT: "its folder does not exist",
  EACCES: "this user may not write there",
  ENOSPC: "the disk is full",
};

/**
 * A new file, or standard output for `-`.
 * @throws CommandFailure when the file cannot be made or written.
 */
export async function openOutput(path: string, stdout: NodeJS.WritableStream): Promise<Output> {
  if (path === "-") {
    return {
      async write(chunk) {
        if (!stdout.write(chunk)) await once(stdout, "drain");
      },
      close: async () => undefined,
    };
  }
  const file = await orFailure(path, () => open(path, "wx"));
  return {
    write: (chunk) => orFailure(path, () => file.appendFile(chunk)),
    close: () =>
      orFailure(path, async () => {
        await file.sync().finally(() => file.close());
      }),
  };
}

async function orFailure<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    const { code = "", message } = reason as NodeJS.ErrnoException;
    throw new CommandFailure(3, `${path} cannot be written: ${reasons[code] ?? message}`);
  }
}
