import { basename } from "node:path";
import { ESLintUtils } from "@typescript-eslint/utils";

/** Files are named after their main export, in kebab case; a name that would fit anything is no name. */
export const fileName = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: "suggestion",
    schema: [],
    messages: {
      kebab: "{{name}}: name the file in kebab case, after its main export.",
      vague: "{{name}}: name the file after what it holds.",
    },
  },
  defaultOptions: [],
  create(context) {
    return {
      Program(node): void {
        const name = basename(context.filename);
        const stem = name.replace(/\.[a-z]+$/u, "");
        if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/u.test(stem)) context.report({ node, messageId: "kebab", data: { name } });
        if (/^(utils?|common|helpers?|misc)(\.|$)/u.test(stem)) context.report({ node, messageId: "vague", data: { name } });
      },
    };
  },
});
