import type { TSESTree } from "@typescript-eslint/utils";

/**
 * Every text that an expression can stand for, as far as its source shows: a literal, a choice of literals, a template whose holes
 * cannot climb out of a folder (each hole counts as one plain name). Undefined when that cannot be told.
 */
export function staticTexts(node: TSESTree.Node): readonly string[] | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "string" ? [node.value] : undefined;
    case "TemplateLiteral":
      return templateText(node);
    case "ConditionalExpression": {
      const texts = [staticTexts(node.consequent), staticTexts(node.alternate)];
      return texts.some((text) => text === undefined) ? undefined : texts.flatMap((text) => text ?? []);
    }
    default:
      return undefined;
  }
}

/** A hole in the middle or at the end may hold a file's name; at the start it could be anything. */
function templateText(node: TSESTree.TemplateLiteral): readonly string[] | undefined {
  const parts = node.quasis.map((quasi) => quasi.value.cooked ?? "");
  const [first = ""] = parts;
  if (parts.length > 1 && !/^\.{1,2}\//u.test(first)) return undefined;
  return [parts.join("_")];
}
