import { readFileSync } from "node:fs";

/** What a process has used so far; `undefined` where the system does not tell. */
export interface ProcessUsage {
  readonly cpuSeconds: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}

/** Linux counts a process's time in hundredths of a second (USER_HZ). */
const ticksPerSecond = 100;

/** From Linux' /proc (https://man7.org/linux/man-pages/man5/proc.5.html). */
export function processUsage(pid: number): ProcessUsage {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const peakKibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
    // The second field, in parentheses, is the name, and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      peakMemoryBytes: peakKibibytes === undefined ? undefined : Number(peakKibibytes) * 1024,
    };
  } catch {
    return { cpuSeconds: undefined, peakMemoryBytes: undefined };
  }
}
