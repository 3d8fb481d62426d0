import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface TapioctlExit {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const main = fileURLToPath(new URL("../../apps/cli/dist/main.js", import.meta.url));

/** Runs `tapioctl` as it is shipped, from `dist`, against a gateway, with no terminal to ask at. */
export async function runTapioctlProcess(url: string, args: readonly string[]): Promise<TapioctlExit> {
  return await new Promise((resolve) => {
    const env = { ...process.env, TAPIO_SERVER: url };
    const child = execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
    child.stdin?.end();
  });
}
