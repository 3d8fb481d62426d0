import { create, createRegistry } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import { CorrelationSchema, file_tapio_domain_v1_correlation } from "@tapio/contracts/domain/v1/correlation";
import { EventSchema, file_tapio_domain_v1_event } from "@tapio/contracts/domain/v1/event";
import { FindingSchema, file_tapio_domain_v1_finding } from "@tapio/contracts/domain/v1/finding";
import { RecordSchema, file_tapio_domain_v1_record } from "@tapio/contracts/domain/v1/record";
import type { Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import { file_tapio_domain_v1_types } from "@tapio/contracts/domain/v1/types";
import { checkExpression } from "./cel-check.ts";
import { chargeFunction, meter, refillMeter, TOO_COSTLY } from "./cel-meter.ts";
import { messageShape } from "./cel-shape.ts";

// The one place that runs @bufbuild/cel. Beside it, cel-check.ts knows the types of its syntax tree.

/** `true`, `false`, or why there is neither: a missing key, a kind that the record does not have, a wrong type. */
export type ExpressionResult = boolean | { readonly problem: string };

const env = celEnv({
  // Lets expressions say `Outcome.OUTCOME_FAILURE`, as well as the full name.
  namespace: "tapio.domain.v1",
  // Files and not messages: without the file, enum values are not found by name.
  registry: createRegistry(
    file_tapio_domain_v1_types,
    file_tapio_domain_v1_event,
    file_tapio_domain_v1_finding,
    file_tapio_domain_v1_correlation,
    file_tapio_domain_v1_record,
  ),
  funcs: [chargeFunction],
});

const variables = new Map([
  ["record", messageShape(RecordSchema)],
  ["event", messageShape(EventSchema)],
  ["finding", messageShape(FindingSchema)],
  ["correlation", messageShape(CorrelationSchema)],
]);

/**
 * Compiles a CEL expression over a decoded record. One that is `metered` gives a problem for a record that would keep it busy for too long.
 * @throws Error that says what is wrong, when it does not parse, names what does not exist, or cannot be true or false.
 */
export function compileExpression(expression: string, metered = false): (record: TapioRecord) => ExpressionResult {
  const evaluate = compile(expression, metered);
  const run = (record: TapioRecord): ExpressionResult => {
    refillMeter();
    const result = evaluate(bindings(record));
    if (typeof result === "boolean") return result;
    return { problem: isCelError(result) ? result.message : NOT_BOOLEAN };
  };
  for (const record of emptyRecords()) refuseTypeErrors(run(record));
  return run;
}

/** What a record is ordered by, or why there is nothing. */
export type KeyResult = { readonly key: string } | { readonly problem: string };

/**
 * Compiles a CEL expression whose value is text, a number, true or false.
 * @throws Error that says what is wrong, when it does not parse, names what does not exist, or gives something else.
 */
export function compileKeyExpression(expression: string): (record: TapioRecord) => KeyResult {
  const evaluate = compile(expression, false);
  const run = (record: TapioRecord): KeyResult => {
    const result = evaluate(bindings(record));
    switch (typeof result) {
      case "string":
      case "number":
      case "bigint":
      case "boolean":
        return { key: String(result) };
      default:
        return { problem: isCelError(result) ? result.message : NO_KEY };
    }
  };
  for (const record of emptyRecords()) refuseTypeErrors(run(record));
  return run;
}

function compile(expression: string, metered: boolean): ReturnType<typeof plan> {
  const parsed = parse(expression);
  checkExpression(parsed.expr, env, variables);
  if (metered) meter(parsed.expr);
  return plan(env, parsed);
}

const NOT_BOOLEAN = "the expression gives neither true nor false";
const NO_KEY = "the expression gives no text, number, true or false, and so no key";
/** How the evaluator's problems begin that no other record would cure. */
const mistakes = [NOT_BOOLEAN, NO_KEY, "found no matching overload", "error parsing regexp", TOO_COSTLY];

/** No prototype: the evaluator looks variables up by name. A kind that is absent is not there at all. */
function bindings(record: TapioRecord): Record<string, CelInput> {
  const bound = Object.create(null) as Record<string, CelInput>;
  bound["record"] = record;
  if (record.kind.case !== undefined) bound[record.kind.case] = record.kind.value;
  return bound;
}

/**
 * An expression that has the wrong types says so on records whose fields are all unset, where nothing but fields with a type of
 * their own can be read. What is missing there may be present in another record, and is no mistake.
 */
function refuseTypeErrors(result: ExpressionResult | KeyResult): void {
  if (typeof result === "boolean" || "key" in result) return;
  if (mistakes.some((mistake) => result.problem.startsWith(mistake))) throw new Error(result.problem);
}

function emptyRecords(): TapioRecord[] {
  const time = create(TimestampSchema);
  return [
    create(RecordSchema, { kind: { case: "event", value: create(EventSchema, { time, observedTime: time }) } }),
    create(RecordSchema, { kind: { case: "finding", value: create(FindingSchema, { time, observedTime: time }) } }),
    create(RecordSchema, { kind: { case: "correlation", value: create(CorrelationSchema, { time, observedTime: time }) } }),
  ];
}
