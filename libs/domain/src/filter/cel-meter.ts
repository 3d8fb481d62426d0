import { celFunc, CelScalar, isCelList, isCelMap, parse } from "@bufbuild/cel";

type Expr = NonNullable<ReturnType<typeof parse>["expr"]>;

/** How the problem of an expression begins that was stopped. */
export const TOO_COSTLY = "the expression takes too many steps";

/**
 * What an expression of a stranger may cost per record: values that loops pass, times what they do with each. It is some tenths of a second;
 * without a bound, an expression of 1 KiB keeps the whole process busy for minutes, since ranges may be written out, and texts and lists doubled.
 */
const STEPS_MAX = 100_000;
/** So many characters of a text that is put together count as one step. */
const CHARACTERS_PER_STEP = 64;

const NAME = "@charge";

/** Evaluation is synchronous: there is one at a time. */
let left = 0;

/** Gives its first argument, and counts it. */
export const chargeFunction = celFunc(NAME, [CelScalar.DYN, CelScalar.INT], CelScalar.DYN, (value, weight) => {
  left -= sizeOf(value) * Number(weight);
  if (left < 0) throw new Error(`${TOO_COSTLY}; let it loop over less`);
  return value;
});

/** Gives the next evaluation its steps. */
export function refillMeter(): void {
  left = STEPS_MAX;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length / CHARACTERS_PER_STEP;
  return isCelList(value) || isCelMap(value) ? value.size : 1;
}

/** Rewrites an expression so that it counts what its loops pass, before they do, and what it puts together. Returns how many nodes it has. */
export function meter(expr: Expr | undefined): number {
  if (expr === undefined) return 0;
  const { exprKind } = expr;
  switch (exprKind.case) {
    case "selectExpr":
      return 1 + meter(exprKind.value.operand);
    case "callExpr": {
      const { target, args, function: name } = exprKind.value;
      const nodes = args.reduce((sum, arg) => sum + meter(arg), 1 + meter(target));
      if (name === "_+_") charge(expr, 1);
      return nodes;
    }
    case "listExpr":
      return exprKind.value.elements.reduce((sum, element) => sum + meter(element), 1);
    case "structExpr":
      return exprKind.value.entries.reduce(
        (sum, { keyKind, value }) => sum + meter(value) + (keyKind.case === "mapKey" ? meter(keyKind.value) : 0),
        1,
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      const once = meter(iterRange) + meter(accuInit) + meter(result);
      const each = meter(loopCondition) + meter(loopStep);
      if (iterRange !== undefined) charge(iterRange, each);
      return 1 + once + each;
    }
    default:
      return 1;
  }
}

/** Makes `expr` a call that counts what it was before. */
function charge(expr: Expr, weight: number): void {
  const call = parse(`charge(0, ${weight})`).expr;
  if (call?.exprKind.case !== "callExpr") throw new Error("a call was parsed as something else");
  call.exprKind.value.function = NAME;
  call.exprKind.value.args[0] = { ...expr };
  expr.exprKind = call.exprKind;
}
