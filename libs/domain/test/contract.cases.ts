import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { RecordFilterSchema, RecordKind, RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import {
  atLeast,
  compileFilter,
  createUuidV7,
  encodeRecord,
  FilterError,
  formatTimestamp,
  isRecordId,
  kindName,
  parseRfc3339,
  parseSeverity,
  recordFromJson,
  recordOf,
  scanRecord,
  severityName,
  timestampOf,
  unixNanosOf,
  viewOf,
  type RecordView,
} from "@tapio/domain";

const record: Record = create(RecordSchema, {
  kind: {
    case: "event",
    value: {
      id: "event-1",
      time: { seconds: 1_790_000_000n, nanos: 123_456_789 },
      type: "kernel.container.oom_kill",
      severity: Severity.CRITICAL,
      resources: [
        { kind: "pod", namespace: "prod" },
        { kind: "node", name: "node-12" },
      ],
      labels: { team: "core" },
    },
  },
});

/** The record above on the wire: what senders in other languages send, and what journals hold. */
const encoded = [
  "0a5f0a076576656e742d31120b0880f7c4d50610959aef3a22196b65726e656c2e636f6e7461696e65722e6f6f6d5f6b696c6c2805",
  "420b0a03706f641a0470726f64420f0a046e6f646512076e6f64652d3132620c0a047465616d1204636f7265",
].join("");

function view(): RecordView {
  const result = viewOf(encodeRecord(record));
  assert.ok(result.ok);
  return result.view;
}

/** Golden checks of the public surface; they also run against the packed package. (`@tapio/testing` builds on this package, hence its type is not imported.) */
export const cases: { readonly name: string; readonly run: () => Promise<void> }[] = [
  {
    name: "a record has the bytes that it always had, and its header is read from them",
    async run() {
      assert.equal(Buffer.from(encodeRecord(record)).toString("hex"), encoded);
      assert.deepEqual(scanRecord(Buffer.from(encoded, "hex")), {
        ok: true,
        header: {
          kind: RecordKind.EVENT,
          id: "event-1",
          timeSeconds: 1_790_000_000,
          timeNanos: 123_456_789,
          type: "kernel.container.oom_kill",
          severity: Severity.CRITICAL,
          namespaces: ["prod"],
        },
      });
    },
  },
  {
    name: "a record that breaks a rule is refused with its field and what to do",
    async run() {
      assert.deepEqual(scanRecord(new Uint8Array(0)), {
        ok: false,
        problem: { field: "kind", reason: "is missing; set one of event, finding, correlation" },
      });
      assert.deepEqual(scanRecord(Uint8Array.of(0x0a, 2, 0x0a, 0)), {
        ok: false,
        problem: { field: "event.id", reason: "is missing or empty; it must be 1 to 128 letters, digits, _ and -" },
      });
    },
  },
  {
    name: "a view decodes once and keeps the bytes",
    async run() {
      const read = view();
      assert.deepEqual(read.bytes, encodeRecord(record));
      assert.equal(read.decoded(), read.decoded());
      const kind = recordOf(read);
      assert.deepEqual([kind.case, kindName(read.header.kind), kind.value.id], ["event", "event", "event-1"]);
    },
  },
  {
    name: "a filter takes a record, or says which of its clauses did not",
    async run() {
      const filter = create(RecordFilterSchema, { types: ["kernel.**"], expression: 'event.labels["team"] == "core"' });
      assert.deepEqual(compileFilter(filter).test(view()), { take: true });
      assert.deepEqual(compileFilter(create(RecordFilterSchema, { namespaces: ["dev"] })).test(view()), {
        take: false,
        clause: "namespaces",
        reason: "no resource is in dev",
      });
      assert.throws(
        () => compileFilter(create(RecordFilterSchema, { expression: "evnt.id == 'a'" })),
        (error) => error instanceof FilterError && error.field === "expression",
      );
    },
  },
  {
    name: "a record in JSON is encoded strictly",
    async run() {
      const time = "2026-09-21T14:13:20.123456789Z";
      const read = recordFromJson({ event: { id: "a", time, type: "x.y", severity: "WARNING" } });
      assert.ok(read.ok && scanRecord(read.bytes).ok);
      const refused = recordFromJson({ event: { id: "a", sevrity: "WARNING" } });
      assert.ok(!refused.ok);
      assert.deepEqual([refused.problem.field, refused.problem.id], ["event.sevrity", "a"]);
    },
  },
  {
    name: "time keeps its nanoseconds",
    async run() {
      const time = parseRfc3339("2026-09-21T16:13:20.123456789+02:00");
      assert.ok(time);
      assert.equal(formatTimestamp(time), "2026-09-21T14:13:20.123456789Z");
      assert.equal(unixNanosOf(time), 1_790_000_000_123_456_789n);
      assert.deepEqual(timestampOf(1_790_000_000_123_456_789n), time);
    },
  },
  {
    name: "ids rise within a millisecond and are record ids",
    async run() {
      const next = createUuidV7({ now: () => 1_790_000_000_000, random: (bytes) => void bytes.fill(7) });
      const ids = [next(), next()];
      assert.deepEqual(ids, ["01a0c450-6c00-7707-8707-070707070707", "01a0c450-6c00-7708-8707-070707070707"]);
      assert.deepEqual([...ids, "a b", ""].map(isRecordId), [true, true, false, false]);
    },
  },
  {
    name: "severities have names and an order",
    async run() {
      assert.equal(parseSeverity("severity_warning"), Severity.WARNING);
      assert.equal(severityName(Severity.WARNING), "warning");
      assert.deepEqual(
        [Severity.INFO, Severity.WARNING, Severity.ERROR].map((severity) => atLeast(severity, Severity.WARNING)),
        [false, true, true],
      );
    },
  },
];
