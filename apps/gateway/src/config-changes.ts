import { equals, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { GatewayConfigSchema, type GatewayConfig } from "@tapio/contracts/gateway/v1/config";

/** What a reload puts into force by itself; everything else that changes waits for the next start. */
const appliedAtOnce = ["destinations", "log", "shutdown_deadline", "journal.retention"];

/** The settings that differ and need a restart of the process, e.g. `server.listeners`, `ingest.max_record_bytes`. Names alone, no values. */
export function needsRestart(started: GatewayConfig, next: GatewayConfig): readonly string[] {
  return changedPaths(GatewayConfigSchema, started, next, "").filter((path) => !appliedAtOnce.some((own) => isWithin(path, own)));
}

function isWithin(path: string, own: string): boolean {
  return path === own || path.startsWith(`${own}.`);
}

/** Paths of the settings that differ; lists and maps are named as a whole. */
function changedPaths(schema: DescMessage, a: Message, b: Message, prefix: string): string[] {
  const before = reflect(schema, a);
  const after = reflect(schema, b);
  return schema.fields.flatMap((field) => {
    const path = prefix === "" ? field.name : `${prefix}.${field.name}`;
    if (field.fieldKind === "message" && before.isSet(field) && after.isSet(field)) {
      const inner = { a: before.get(field).message, b: after.get(field).message };
      if (equals(field.message, inner.a, inner.b)) return [];
      return isGroup(field.message) ? changedPaths(field.message, inner.a, inner.b, path) : [path];
    }
    return sameField(schema, field.number, a, b) ? [] : [path];
  });
}

/** Durations and times are values, not groups of settings. */
function isGroup(schema: DescMessage): boolean {
  return !schema.typeName.startsWith("google.protobuf.");
}

/** Compares one field alone, by messages that have nothing else. */
function sameField(schema: DescMessage, number: number, a: Message, b: Message): boolean {
  const [only, other] = [a, b].map((message) => {
    const alone = reflect(schema);
    const whole = reflect(schema, message);
    for (const field of schema.fields) if (field.number === number && whole.isSet(field)) alone.set(field, whole.get(field));
    return alone.message;
  });
  return only !== undefined && other !== undefined && equals(schema, only, other);
}
