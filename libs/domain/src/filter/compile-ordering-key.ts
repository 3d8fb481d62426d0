import type { Resource } from "@tapio/contracts/domain/v1/types";
import { recordOf } from "../create-record-view.ts";
import type { RecordView } from "../record-view.ts";
import { compileKeyExpression } from "./cel-expression.ts";
import { compiled } from "./filter-error.ts";

/** What a record is ordered by; `undefined`: nothing, so that it may go in any order. Decodes the record, and never throws for what it holds. */
export type OrderingKey = (view: RecordView) => string | undefined;

/** A longer key is cut: keys that begin alike are then ordered with each other, which holds up more than is needed and breaks no order. */
const KEY_LENGTH_MAX = 512;

/**
 * Makes an ordering key ready: a CEL expression over the decoded record, or, when it is empty, the record's first resource.
 * A value that is missing or empty is no key.
 * @throws FilterError on the field `ordering_key`.
 */
export function compileOrderingKey(expression: string): OrderingKey {
  if (expression === "") return (view) => cut(resourceKey(recordOf(view).value.resources[0]));
  const evaluate = compiled("ordering_key", () => compileKeyExpression(expression));
  return (view) => {
    const result = evaluate(view.decoded());
    return "key" in result ? cut(result.key) : undefined;
  };
}

/** By name where there is one, since not every source knows the uid of what it names. */
function resourceKey(resource: Resource | undefined): string {
  if (resource === undefined) return "";
  const { kind, name, namespace, uid } = resource;
  return name === "" && uid === "" ? "" : `${kind}/${namespace}/${name === "" ? uid : name}`;
}

function cut(key: string): string | undefined {
  return key === "" ? undefined : key.slice(0, KEY_LENGTH_MAX);
}
