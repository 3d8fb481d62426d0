import type { CelEnv, parse } from "@bufbuild/cel";
import { elementShape, scalarShape, selectShape, unknown } from "./cel-shape.ts";
import type { Shape } from "./cel-shape.ts";

type Expr = ReturnType<typeof parse>["expr"];
type Kind<Case extends string> = Extract<Expr["exprKind"], { case: Case }>["value"];
type Scope = ReadonlyMap<string, Shape>;

/** Each level of comprehension (`exists`, `all`, `map`...) multiplies the work by the length of a list in the record. */
const COMPREHENSION_DEPTH_MAX = 2;

/** Operators that the evaluator handles itself, and so does not list as functions. */
const builtIn: ReadonlySet<string> = new Set(["_[_]", "_?_:_", "_&&_", "_||_", "@not_strictly_false", "__not_strictly_false__"]);

/**
 * Finds what @bufbuild/cel only finds when the expression runs: names, fields and functions that do not exist.
 * @throws Error that says which.
 */
export function checkExpression(expression: Expr, env: CelEnv, variables: Scope): void {
  new Checker(env).shapeOf(expression, variables, 0);
}

class Checker {
  private readonly env: CelEnv;

  constructor(env: CelEnv) {
    this.env = env;
  }

  shapeOf(expr: Expr | undefined, scope: Scope, depth: number): Shape {
    switch (expr?.exprKind.case) {
      case "identExpr":
        return this.nameShape(expr.exprKind.value.name, scope);
      case "selectExpr":
        return this.selectedShape(expr, expr.exprKind.value, scope, depth);
      case "callExpr":
        return this.callShape(expr.exprKind.value, scope, depth);
      case "listExpr":
        for (const element of expr.exprKind.value.elements) this.shapeOf(element, scope, depth);
        return unknown;
      case "structExpr":
        for (const entry of expr.exprKind.value.entries) {
          if (entry.keyKind.case === "mapKey") this.shapeOf(entry.keyKind.value, scope, depth);
          this.shapeOf(entry.value, scope, depth);
        }
        return unknown;
      case "comprehensionExpr":
        return this.comprehensionShape(expr.exprKind.value, scope, depth);
      case "constExpr":
        return constantShape(expr.exprKind.value);
      default:
        return unknown;
    }
  }

  private nameShape(name: string, scope: Scope): Shape {
    const shape = scope.get(name);
    if (shape !== undefined) return shape;
    if (isTypeName(this.env, name)) return unknown;
    throw new Error(`there is no variable "${name}"; there are ${variablesOf(scope)}`);
  }

  private selectedShape(expr: Expr, select: Kind<"selectExpr">, scope: Scope, depth: number): Shape {
    const name = qualifiedName(expr);
    if (name !== undefined && !scope.has(rootOf(name))) {
      if (isEnumValue(this.env, name)) return scalarShape("number");
      if (isTypeName(this.env, name)) return unknown;
      throw new Error(
        `there is no variable "${rootOf(name)}" (there are ${variablesOf(scope)}), and no enum value "${name}" (they are written as Outcome.OUTCOME_FAILURE)`,
      );
    }
    return selectShape(this.shapeOf(select.operand, scope, depth), select.field);
  }

  private callShape(call: Kind<"callExpr">, scope: Scope, depth: number): Shape {
    if (!builtIn.has(call.function) && this.env.funcs.find(call.function) === undefined) {
      throw new Error(`there is no function "${call.function}"`);
    }
    const target = call.target === undefined ? unknown : this.shapeOf(call.target, scope, depth);
    const shapes = call.args.map((arg) => this.shapeOf(arg, scope, depth));
    const [left = unknown, right = unknown] = call.target === undefined ? shapes : [target, ...shapes];
    if (call.function === "_[_]") return elementShape(left);
    if (call.function === "_==_" || call.function === "_!=_") refuseMismatch(left, right);
    return unknown;
  }

  private comprehensionShape(loop: Kind<"comprehensionExpr">, scope: Scope, depth: number): Shape {
    if (depth === COMPREHENSION_DEPTH_MAX) {
      throw new Error(`exists, all, map and filter may stand ${COMPREHENSION_DEPTH_MAX} deep in each other; here it is more`);
    }
    const range = this.shapeOf(loop.iterRange, scope, depth);
    // Over a map, the variable is the key.
    const element = range.kind === "map" ? unknown : elementShape(range);
    const inner = new Map(scope).set(loop.iterVar, element).set(loop.accuVar, unknown);
    this.shapeOf(loop.accuInit, scope, depth);
    for (const part of [loop.loopCondition, loop.loopStep, loop.result]) this.shapeOf(part, inner, depth + 1);
    return unknown;
  }
}

/** `a.b.C` of nested selects; `undefined` when there is anything else in it. */
function qualifiedName(expr: Expr): string | undefined {
  if (expr.exprKind.case === "identExpr") return expr.exprKind.value.name;
  if (expr.exprKind.case !== "selectExpr" || expr.exprKind.value.operand === undefined) return undefined;
  const operand = qualifiedName(expr.exprKind.value.operand);
  return operand === undefined ? undefined : `${operand}.${expr.exprKind.value.field}`;
}

function rootOf(name: string): string {
  return name.slice(0, name.indexOf("."));
}

function variablesOf(scope: Scope): string {
  return [...scope.keys()].filter((key) => !key.startsWith("@")).join(", ");
}

function constantShape(constant: Kind<"constExpr">): Shape {
  switch (constant.constantKind.case) {
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
      return scalarShape("number");
    case "stringValue":
      return scalarShape("string");
    case "boolValue":
      return scalarShape("bool");
    default:
      return unknown;
  }
}

/** CEL takes values of different types as unequal, which is never what was meant: `event.severity == "WARNING"`. */
function refuseMismatch(left: Shape, right: Shape): void {
  if (left.kind !== "scalar" || right.kind !== "scalar" || left.type === right.type) return;
  throw new Error(
    `a ${left.type} is compared with a ${right.type}, which are never equal; enum values are written as Severity.SEVERITY_WARNING`,
  );
}

/** CEL's own type names, as in `type(x) == string`. */
const typeNames: ReadonlySet<string> = new Set(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"]);

function isTypeName(env: CelEnv, name: string): boolean {
  return typeNames.has(name) || candidates(env.namespace, name).some((candidate) => env.registry.getMessage(candidate) !== undefined);
}

function isEnumValue(env: CelEnv, name: string): boolean {
  return candidates(env.namespace, name).some((candidate) => {
    const dot = candidate.lastIndexOf(".");
    const values = env.registry.getEnum(candidate.slice(0, dot))?.values ?? [];
    return values.some((value) => value.name === candidate.slice(dot + 1));
  });
}

/** CEL's name resolution: in the namespace, in each one around it, and at the root; `.name` is at the root only. */
function candidates(namespace: string, name: string): string[] {
  if (name.startsWith(".")) return [name.slice(1)];
  const parts = namespace.split(".");
  return [...parts.map((_, at) => [...parts.slice(0, parts.length - at), name].join(".")), name];
}
