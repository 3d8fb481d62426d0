import type { RecordFilter } from "@tapio/contracts/domain/v1/record";
import { compileFilter, compileOrderingKey, type RecordView } from "@tapio/domain";
import type { Judgement } from "./machine/events.ts";
import type { OrderingPolicy } from "./policy.ts";
import type { ReadRecord } from "./record-reader.ts";

/** What a destination does with a record: its filter and its key. */
export type Judge = (record: ReadRecord) => Judgement;

const unordered: Judgement = Object.freeze({ kind: "take", key: undefined });

/**
 * Compiles filter and key. A record that cannot be read, or on which the filter fails, is as good as unreadable: nobody knows whether it is wanted.
 * @throws FilterError when either cannot be compiled.
 */
export function compileJudge(filter: RecordFilter | undefined, ordering: OrderingPolicy): Judge {
  const test = filter === undefined ? undefined : compileFilter(filter).test;
  const keyOf = ordering.by === "key" ? compileOrderingKey(ordering.expression) : undefined;
  const judge = (view: RecordView): Judgement => {
    const verdict = test?.(view);
    if (verdict?.take === false) return { kind: "skip", reason: `filter: ${verdict.reason}` };
    return keyOf === undefined ? unordered : { kind: "take", key: keyOf(view) };
  };
  return (record) => {
    if ("problem" in record) return { kind: "unreadable", problem: `the journal's record cannot be read: ${record.problem}` };
    try {
      return judge(record.view);
    } catch (reason) {
      const why = reason instanceof Error ? reason.message : String(reason);
      return { kind: "unreadable", problem: `the journal's record cannot be read: the filter failed: ${why}` };
    }
  };
}
