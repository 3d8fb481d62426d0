import { writeSync } from "node:fs";

/** Writes a line before it returns, so that it is out when the process is killed. The pipe may be full for a moment: EAGAIN. */
export function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}
