import { fileName } from "./rules/file-name.ts";
import { hiddenImport } from "./rules/hidden-import.ts";
import { layer } from "./rules/layer.ts";

/** The workspace's own ESLint rules. */
export const tapioPlugin = {
  meta: { name: "tapio" },
  rules: { "file-name": fileName, "hidden-import": hiddenImport, layer },
};
