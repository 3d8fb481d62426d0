import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { CommandFailure } from "./io.ts";

const reasons: { readonly [code: string]: string } = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
};

/**
 * A file's bytes; `-` is standard input.
 * @throws CommandFailure when the file cannot be read.
 */
export async function readInput(path: string, stdin: NodeJS.ReadableStream): Promise<Uint8Array> {
  if (path === "-") return buffer(stdin);
  try {
    return await readFile(path);
  } catch (reason) {
    const { code = "", message } = reason as NodeJS.ErrnoException;
    throw new CommandFailure(3, `${path} cannot be read: ${reasons[code] ?? message}. Give the path of a file, or "-" for standard input`);
  }
}
