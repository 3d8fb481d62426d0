import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is gone when it is disposed of. */
export interface Scratch extends Disposable {
  readonly path: string;
  /** Writes a file in it and returns its path. */
  write(name: string, text: string): string;
}

export function createScratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "tapio-e2e-"));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
