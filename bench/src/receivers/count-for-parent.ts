import { tellParent } from "../load/tell-parent.ts";
import type { ParentMessage } from "../processes/child-message.ts";
import { createTally, type Tally } from "./tally.ts";

const tellEveryMs = 50;

/**
 * A receiver's tallies, one per place where records arrive. The parent says which load is to be counted, is told how many records have arrived, and
 * asks for the whole.
 */
export function countForParent(places: readonly string[], firstPrefix = ""): (place: string, id: string, nowMs: number) => void {
  const talliesOf = (prefix: string): Map<string, Tally> => new Map(places.map((place) => [place, createTally(prefix)]));
  let tallies = talliesOf(firstPrefix);
  let told = -1;
  const total = (): number => [...tallies.values()].reduce((sum, tally) => sum + tally.unique, 0);
  process.on("message", (message: ParentMessage) => {
    if (message.kind === "begin") tallies = talliesOf(message.prefix);
    else tellParent({ kind: "received", reports: [...tallies.values()].map((tally) => tally.report()) });
  });
  const timer = setInterval(() => {
    const arrived = total();
    if (arrived !== told) tellParent({ kind: "arrived", records: arrived });
    told = arrived;
  }, tellEveryMs);
  process.once("disconnect", () => clearInterval(timer));
  return (place, id, nowMs) => tallies.get(place)?.note(id, nowMs);
}
