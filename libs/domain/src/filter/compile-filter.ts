import { RecordKindSchema } from "@tapio/contracts/domain/v1/record";
import type { RecordFilter } from "@tapio/contracts/domain/v1/record";
import { Severity, SeveritySchema } from "@tapio/contracts/domain/v1/types";
import { kindName } from "../create-record-view.ts";
import type { RecordView } from "../record-view.ts";
import { severityName } from "../severity.ts";
import { compileExpression } from "./cel-expression.ts";
import { compiled, FilterError } from "./filter-error.ts";
import { compileTypeGlob } from "./type-glob.ts";

export type FilterClause = "kinds" | "min_severity" | "types" | "namespaces" | "expression";

export type FilterResult =
  | { readonly take: true }
  /** `reason` is short; it holds what the filter wants, not what the record has. */
  | { readonly take: false; readonly clause: FilterClause; readonly reason: string };

export interface CompiledFilter {
  /** Judges a record by its header; decodes it only when all of that passes and there is an expression. Never throws. */
  test(view: RecordView): FilterResult;
}

/** One condition; `undefined` lets the record pass. */
type Clause = (view: RecordView) => FilterResult | undefined;

const TAKE: FilterResult = Object.freeze({ take: true });
const LISTED_MAX = 8;

export interface FilterOptions {
  /** Whose filter it is: a `stranger`'s expression is stopped at a record that would keep it busy for too long, and does not match it. Default `operator`. */
  readonly from?: "operator" | "stranger";
}

/** Compiles a filter; without one, all records pass. @throws FilterError on a bad glob, expression or enum value. */
export function compileFilter(filter: RecordFilter | undefined, { from = "operator" }: FilterOptions = {}): CompiledFilter {
  const makers = [kinds, minSeverity, types, namespaces, (given: RecordFilter) => expression(given, from === "stranger")];
  const clauses = filter === undefined ? [] : makers.flatMap((make) => make(filter) ?? []);
  return {
    test(view) {
      for (const clause of clauses) {
        const left = clause(view);
        if (left !== undefined) return left;
      }
      return TAKE;
    },
  };
}

function leave(clause: FilterClause, reason: string): FilterResult {
  return Object.freeze({ take: false, clause, reason });
}

function listed(names: readonly string[]): string {
  return names.length > LISTED_MAX ? `${names.slice(0, LISTED_MAX).join(", ")} and ${names.length - LISTED_MAX} more` : names.join(", ");
}

function kinds(filter: RecordFilter): Clause | undefined {
  if (filter.kinds.length === 0) return undefined;
  const wanted = new Set(filter.kinds);
  for (const [at, kind] of filter.kinds.entries()) {
    if (kind === 0 || RecordKindSchema.value[kind] === undefined) {
      throw new FilterError(`kinds[${at}]`, `${kind} is no kind of record; use EVENT, FINDING or CORRELATION`);
    }
  }
  const left = leave("kinds", `the kind is not ${listed([...wanted].map(kindName))}`);
  return ({ header }) => (wanted.has(header.kind) ? undefined : left);
}

function minSeverity({ minSeverity: min }: RecordFilter): Clause | undefined {
  if (min === Severity.UNSPECIFIED) return undefined;
  if (SeveritySchema.value[min] === undefined) {
    throw new FilterError("min_severity", `${min} is no severity; use DEBUG, INFO, WARNING, ERROR or CRITICAL`);
  }
  const left = leave("min_severity", `the severity is below ${severityName(min)}`);
  return ({ header }) => (header.severity >= min ? undefined : left);
}

function types(filter: RecordFilter): Clause | undefined {
  if (filter.types.length === 0) return undefined;
  const matchers = filter.types.map((glob, at) => compiled(`types[${at}]`, () => compileTypeGlob(glob)));
  const left = leave("types", `the type matches none of ${listed(filter.types)}`);
  return ({ header }) => (matchers.some((matches) => matches(header.type)) ? undefined : left);
}

function namespaces(filter: RecordFilter): Clause | undefined {
  if (filter.namespaces.length === 0) return undefined;
  const wanted = new Set(filter.namespaces);
  const left = leave("namespaces", `no resource is in ${listed(filter.namespaces)}`);
  return ({ header }) => (header.namespaces.some((namespace) => wanted.has(namespace)) ? undefined : left);
}

function expression(filter: RecordFilter, metered: boolean): Clause | undefined {
  if (filter.expression === "") return undefined;
  const evaluate = compiled("expression", () => compileExpression(filter.expression, metered));
  const isFalse = leave("expression", "the expression is false");
  return (view) => {
    const result = evaluate(view.decoded());
    if (typeof result !== "boolean") return leave("expression", `no match: ${result.problem}`);
    return result ? undefined : isFalse;
  };
}
