import type { Backlog, Journal } from "@tapio/journal";
import type { BacklogPolicy } from "../policy.ts";

/** Why a destination has fallen too far behind; `undefined`: it has not. */
export function backlogProblem(policy: BacklogPolicy, { bytes, oldestAtMs }: Backlog, nowMs: number): string | undefined {
  if (bytes > policy.bytesMax) return `${bytes} bytes of records behind, more than max_backlog.bytes: ${policy.bytesMax}`;
  const ageMs = oldestAtMs === undefined ? 0 : nowMs - oldestAtMs;
  if (ageMs > policy.ageMsMax)
    return `${Math.round(ageMs / 1000)} s behind, more than max_backlog.age: ${Math.round(policy.ageMsMax / 1000)} s`;
  return undefined;
}

/** A detached destination gives up a tenth more than it must, so that it does not do so again at once. */
const keptShare = 0.9;

/** The last sequence to give up, so that what is left is well within the policy. */
export async function detachTo(
  journal: Pick<Journal, "backlog" | "sequenceBefore" | "bounds">,
  policy: BacklogPolicy,
  cursor: number,
  nowMs: number,
): Promise<number> {
  const byAge = policy.ageMsMax === Infinity ? cursor : await journal.sequenceBefore(nowMs - policy.ageMsMax * keptShare);
  let low = Math.max(cursor, byAge);
  let high = journal.bounds().head;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await journal.backlog(middle)).bytes <= policy.bytesMax * keptShare) high = middle;
    else low = middle + 1;
  }
  return low;
}
