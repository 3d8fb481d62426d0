import type { DescEnum } from "@bufbuild/protobuf";

/** A value of an enum in words: `DESTINATION_STATE_BREAKER_OPEN` as `breaker open`. */
export function enumText(schema: DescEnum, value: number): string {
  const name = schema.value[value]?.name;
  if (name === undefined) return `unknown (${value})`;
  return name
    .slice(schema.sharedPrefix?.length ?? 0)
    .toLowerCase()
    .replaceAll("_", " ");
}
