import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { message as messageRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { getOption } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { GatewayConfigSchema, type GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { checkDestinations } from "./check-destinations.ts";
import type { SourceMap } from "./source-map.ts";

const validator = createValidator();

/** Reports what the rules in the `.proto` files object to, and what no rule there can see. */
export function checkConfig(config: GatewayConfig, map: SourceMap): void {
  checkRules(config, map);
  checkDestinations(config, map);
  checkPorts(config, map);
  checkJournal(config, map);
}

function checkRules(config: GatewayConfig, map: SourceMap): void {
  const result = validator.validate(GatewayConfigSchema, config);
  if (result.kind === "error") throw result.error;
  if (result.kind === "valid") return;
  const unread = map.problems.map((problem) => problem.path);
  const ofFields = result.violations.filter((violation) => expressionOf(violation) === undefined);
  for (const violation of ofFields) {
    const path = pathToString(violation.field);
    if (!isAbsentValue(path, violation, unread)) map.report(path, messageOf(violation));
  }
  const reported = map.problems.map((problem) => problem.path);
  for (const violation of result.violations) {
    const expression = expressionOf(violation);
    if (expression === undefined) continue;
    const path = pathToString(violation.field);
    if (!isAboutReported(path, expression, reported)) map.report(path, violation.message);
  }
}

/** A value that could not be read is absent from the message: "is required" would be the same problem a second time. */
function isAbsentValue(path: string, violation: Violation, unread: readonly string[]): boolean {
  if (violation.field.at(-1)?.kind !== "oneof") return unread.includes(path);
  const members = `${path.slice(0, path.lastIndexOf("."))}.`;
  return unread.some((earlier) => earlier.startsWith(members));
}

/** A rule over several fields says nothing when one that it asks about is wrong itself, e.g. whether an address that is none is open to all. */
function isAboutReported(path: string, expression: string, reported: readonly string[]): boolean {
  const prefix = path === "" ? "" : `${path}.`;
  const asked = [...expression.matchAll(/\bthis\.([a-z0-9_]+)/g)].map(([, field]) => `${prefix}${field}`);
  return reported.some((earlier) => asked.some((field) => earlier === field || /^[.[]/.test(within(earlier, field))));
}

function within(path: string, field: string): string {
  return path.startsWith(field) ? path.slice(field.length) : "";
}

/** The CEL expression of a rule over a whole message; `undefined` for the rules of fields. */
function expressionOf({ field, ruleId }: Violation): string | undefined {
  const last = field.at(-1);
  const holder = last?.kind === "list_sub" || last?.kind === "map_sub" ? field.at(-2) : last;
  const schema = holder === undefined ? GatewayConfigSchema : holder.kind === "field" ? holder.message : undefined;
  if (schema === undefined) return undefined;
  return getOption(schema, messageRules).cel.find(({ id }) => id === ruleId)?.expression;
}

/** Rules of protovalidate whose own words mean little in YAML. */
function messageOf({ field, message }: Violation): string {
  const last = field.at(-1);
  return last?.kind === "oneof" ? `needs one of ${last.fields.map(({ name }) => name).join(", ")}` : message;
}

function checkPorts(config: GatewayConfig, map: SourceMap): void {
  config.server?.listeners.forEach((listener, index) => {
    const port = Number(listener.address.slice(listener.address.lastIndexOf(":") + 1));
    if (port > 65_535) map.report(`server.listeners[${index}].address`, `port ${port} does not exist: the largest is 65535`);
  });
}

function checkJournal({ journal, ingest }: GatewayConfig, map: SourceMap): void {
  if (journal?.driver.case !== "memory" || ingest?.dedupeAge === undefined) return;
  map.report("ingest.dedupe_age", "has no effect beside journal.memory, which recognises ids by dedupe_records alone: leave it out");
}
