import { JournalError } from "@tapio/journal";

/** Records that cannot be read, and will not be. */
export interface Damage {
  /** The last of them; the first is the next to read. */
  readonly to: number;
  readonly problem: string;
}

/** How often in a row it is tried before what the journal says of its records is believed; a medium that fails may come back. */
const triesMin = { corrupt: 3, io: 10 };

/** What a read that failed so often in a row says of the records; `undefined`: try again. */
export function lastingDamage(reason: unknown, failures: number): Damage | undefined {
  if (!(reason instanceof JournalError) || reason.damaged === undefined) return undefined;
  const { code, damaged, message } = reason;
  return (code === "corrupt" || code === "io") && failures >= triesMin[code] ? { to: damaged.to, problem: message } : undefined;
}
