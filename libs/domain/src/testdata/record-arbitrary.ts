import { create, toBinary } from "@bufbuild/protobuf";
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { CorrelationKind } from "@tapio/contracts/domain/v1/correlation";
import type { CorrelationSchema } from "@tapio/contracts/domain/v1/correlation";
import type { EventSchema } from "@tapio/contracts/domain/v1/event";
import { FindingState } from "@tapio/contracts/domain/v1/finding";
import type { FindingSchema } from "@tapio/contracts/domain/v1/finding";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Outcome, Severity } from "@tapio/contracts/domain/v1/types";
import type { RecordRefSchema } from "@tapio/contracts/domain/v1/types";
import fc from "fast-check";

const alphabet = [..."ABCXYZabcxyz0189_-"];

const word = (max: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: max });
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.oneof(fc.constant(""), fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits }));
/** Any text that UTF-8 can carry: a byte order mark, noncharacters and all. */
const text = fc.oneof(
  fc.constantFrom("", "prod", "\ufeffmark", "\uffff\u{10ffff}", "a\n", "ü\u0000☠", "x".repeat(140)),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const texts = fc.array(text, { maxLength: 3 });
const share = fc.oneof(fc.constantFrom(0, -0, 1, 0.5), fc.double({ min: 0, max: 1, noNaN: true }));
const id = fc.oneof(word(12), word(128));
const labels = fc.dictionary(text, text, { maxKeys: 3 });

const time = fc.record({
  // Mostly of our days, as the plain check wants them.
  seconds: fc.oneof(
    { weight: 10, arbitrary: fc.bigInt(1_700_000_000n, 1_900_000_000n) },
    fc.constantFrom(-62_135_596_800n, -1n, 0n, 1_790_000_000n, 253_402_300_799n),
    fc.bigInt(-62_135_596_800n, 253_402_300_799n),
  ),
  nanos: fc.oneof(fc.constantFrom(0, 1, 999_999_999), fc.integer({ min: 0, max: 999_999_999 })),
});

const data = fc.dictionary(
  text,
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonObject[string]>,
    fc.constantFrom(null, true, Number.MAX_VALUE, -0, Number.MIN_VALUE, [], {}, [[null]], { a: { b: [1] } }),
  ),
  { maxKeys: 3 },
);

/** Each of the fields is left out now and then. */
function some<Shape extends object>(fields: { [Name in keyof Shape]: fc.Arbitrary<Shape[Name]> }): fc.Arbitrary<Partial<Shape>> {
  return fc.record<Shape, never>(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<Shape>>; // the same type, which is too deep to be seen
}

function enumValues<Value extends number>(values: { readonly [name: string]: Value }, but: readonly Value[] = []): fc.Arbitrary<Value> {
  return fc.constantFrom(...Object.values(values).filter((value) => !but.includes(value)));
}

const trace = some({ traceId: hex(32), spanId: hex(16), traceState: text, flags: fc.integer({ min: 0, max: 255 }) });
const reference: fc.Arbitrary<MessageInitShape<typeof RecordRefSchema>> = fc.record({ recordId: id, traceId: hex(32), spanId: hex(16) });
const window = some({ start: time, end: time });

const header = {
  id,
  time,
  type: fc.array(fc.oneof(word(6), word(64)), { minLength: 1, maxLength: 8 }).map((segments) => segments.join(".")),
  severity: enumValues(Severity, [Severity.UNSPECIFIED]),
};

const shared = {
  observedTime: time,
  source: some({ kind: text, instance: text, version: text, cluster: text, node: text }),
  resources: fc.array(
    some({
      kind: text,
      name: text,
      namespace: fc.oneof(fc.constantFrom("prod", "\ufeffprod", ""), text),
      uid: text,
      version: text,
      attributes: labels,
    }),
    { maxLength: 3 },
  ),
  trace,
  correlationKeys: texts,
  labels,
  data,
};

const event: fc.Arbitrary<MessageInitShape<typeof EventSchema>> = joined(header, {
  ...shared,
  outcome: enumValues(Outcome),
  message: text,
  error: some({ code: text, message: text, whatFailed: text, whyItMatters: text, possibleCauses: texts, suggestedFix: text }),
  reasoning: some({ summary: text, explanation: text, confidence: share, causalChain: texts, patternsMatched: texts }),
});

const finding: fc.Arbitrary<MessageInitShape<typeof FindingSchema>> = joined(header, {
  ...shared,
  state: enumValues(FindingState),
  title: text,
  key: text,
  description: text,
  confidence: share,
  evidence: fc.array(fc.record({ record: reference, description: text, weight: share }), { maxLength: 3 }),
  recommendedActions: fc.array(some({ title: text, command: text, url: text }), { maxLength: 2 }),
  window,
});

const correlation: fc.Arbitrary<MessageInitShape<typeof CorrelationSchema>> = joined(
  {
    ...header,
    kind: enumValues(CorrelationKind, [CorrelationKind.UNSPECIFIED]),
    members: fc.array(fc.record({ record: reference, role: text }), { minLength: 1, maxLength: 3 }),
  },
  {
    ...shared,
    summary: text,
    rootCause: reference,
    causalChain: fc.array(fc.record({ causeId: id, effectId: id, description: text, confidence: share }), { maxLength: 2 }),
    confidence: share,
    window,
  },
);

function joined<A extends object, B extends object>(
  always: { [Name in keyof A]: fc.Arbitrary<A[Name]> },
  sometimes: { [Name in keyof B]: fc.Arbitrary<B[Name]> },
): fc.Arbitrary<A & Partial<B>> {
  return fc.tuple(fc.record<A>(always), some(sometimes)).map(([given, more]) => ({ ...given, ...more }));
}

/** Encoded records of all kinds that keep every rule, with any of their fields set. */
export const validRecordBytes: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    event.map((value) => ({ case: "event", value }) as const),
    finding.map((value) => ({ case: "finding", value }) as const),
    correlation.map((value) => ({ case: "correlation", value }) as const),
  )
  .map((kind) => toBinary(RecordSchema, create(RecordSchema, { kind })));
