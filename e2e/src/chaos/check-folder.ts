import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Violation } from "./violation.ts";

const cli = fileURLToPath(new URL("../../../apps/cli/src/main.ts", import.meta.url));

/**
 * What `tapioctl journal check` finds in a data folder at which no gateway runs.
 * @param records How many there have to be; absent: as many as there are.
 */
export async function checkFolder(dataFolder: string, when: string, records?: number): Promise<readonly Violation[]> {
  const { code, stdout, stderr } = await run(["--conditions=tapio-source", cli, "journal", "check", "--data", dataFolder, "--json"]);
  const violation = (text: string): readonly Violation[] => [{ rule: "damaged", text: `${when}: ${text}` }];
  if (code !== 0) return violation(`tapioctl journal check ends with ${code}: ${stdout} ${stderr}`);
  const report = JSON.parse(stdout) as { readonly records: number };
  if (records !== undefined && report.records !== records)
    return violation(`it holds ${report.records} records, and its readers saw ${records}`);
  return [];
}

function run(args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args], { maxBuffer: 64 * 1024 * 1024 }, (_failure, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
