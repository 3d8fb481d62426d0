import assert from "node:assert/strict";
import { decodeOccurrences, type DecodedOccurrence } from "@tapio/collector-tapio-agent";
import type { ContractCase } from "@tapio/testing";

const context = { node: "10.0.0.7", cluster: "", observedAtMs: 1_793_534_400_000 };

function decode(text: string): readonly DecodedOccurrence[] {
  const decoded = decodeOccurrences(new TextEncoder().encode(text), context, { occurrencesMax: 10, valuesMax: 1_000 });
  assert.ok(decoded.ok);
  return [...decoded.occurrences];
}

/** Golden checks of the public surface; every lib has them, and they also run against the packed package. */
export const cases: readonly ContractCase[] = [
  {
    name: "an occurrence becomes an event with the same id and the time to the nanosecond",
    run: async () => {
      const decoded = decode(
        '[{"id":"01K9","timestamp":"2026-11-01T12:00:01.123456789+00:00","source":"tapio","type":"kernel.node.cpu_stall","severity":"warning"}]',
      );
      const entry = decoded[0];
      assert.ok(entry !== undefined && "record" in entry && entry.record.kind.case === "event");
      assert.equal(entry.record.kind.value.id, "01K9");
      assert.deepEqual([entry.record.kind.value.time?.seconds, entry.record.kind.value.time?.nanos], [1_793_534_401n, 123_456_789]);
      assert.equal(entry.record.kind.value.source?.node, "10.0.0.7");
    },
  },
  {
    name: "a bad occurrence is named and has no effect on the next one",
    run: async () => {
      const decoded = decode(
        '[{"id":"a","timestamp":"2026-11-01T12:00:01Z","type":"a.b.c","severity":"loud"},{"id":"b","timestamp":"2026-11-01T12:00:01Z","type":"a.b.c","severity":"info"}]',
      );
      assert.deepEqual(decoded[0], {
        problem: { id: "a", field: "severity", reason: '"loud" is none of debug, info, warning, error, critical' },
      });
      assert.ok(decoded[1] !== undefined && "record" in decoded[1]);
    },
  },
];
