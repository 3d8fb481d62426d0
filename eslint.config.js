import nx from "@nx/eslint-plugin";
import tseslint from "typescript-eslint";
import { boundaryBlocks } from "./tools/lint/boundaries.ts";
import { testFiles } from "./tools/lint/layers.ts";
import { tapioPlugin } from "./tools/lint/plugin.ts";
import { ensureProjectGraph } from "./tools/lint/project-graph.ts";

await ensureProjectGraph();

const workspaceRoot = import.meta.dirname;
const tests = [...testFiles];

export default [
  { ignores: ["**/node_modules", "**/dist", "**/reports", "**/.nx", "**/src/gen/**", "**/testdata/**", "**/*.d.ts"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    name: "tapio/typescript",
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: workspaceRoot } },
    plugins: { "@nx": nx, "@typescript-eslint": tseslint.plugin, tapio: tapioPlugin },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-for-in-array": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-promise-reject-errors": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/triple-slash-reference": "error",
      eqeqeq: "error",
      "max-lines": ["error", { max: 300 }],
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-exports": [
        "error",
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true, namedFrom: true, namespaceFrom: true } },
      ],
      "no-restricted-syntax": ["error", { selector: "ExportAllDeclaration", message: "List what is exported by hand." }],
      "no-var": "error",
      "prefer-const": "error",
      "tapio/file-name": "error",
      "tapio/hidden-import": ["error", { workspaceRoot }],
      "tapio/layer": ["error", { workspaceRoot, testFile: false }],
    },
  },
  ...boundaryBlocks(),
  {
    name: "tapio/source",
    files: ["**/src/**/*.ts"],
    ignores: tests,
    rules: { "max-lines-per-function": ["error", { max: 60, skipComments: true }] },
  },
  {
    name: "tapio/tests",
    files: tests,
    rules: {
      // In a test, what was wrongly taken for granted fails the test.
      "@typescript-eslint/no-non-null-assertion": "off",
      "tapio/layer": ["error", { workspaceRoot, testFile: true }],
    },
  },
  {
    name: "tapio/configuration",
    files: ["**/*.config.ts", "**/*.config.js"],
    rules: { "no-restricted-exports": "off" },
  },
  {
    name: "tapio/terminals",
    files: ["tools/**", "e2e/**", "bench/**", "**/bench/**"],
    rules: { "no-console": "off" },
  },
];
