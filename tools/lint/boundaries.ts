import { layerNames, layers, npmOfAll, npmOfProject, testFiles, type LayerName, type LayerRow } from "./layers.ts";

interface DependencyConstraint {
  sourceTag: string;
  onlyDependOnLibsWithTags: string[];
  allowedExternalImports?: string[];
}

/** A piece of ESLint's flat configuration, as far as it is needed here. */
export interface BoundaryBlock {
  readonly name: string;
  readonly files: string[];
  readonly rules: Readonly<Record<string, readonly [string, object]>>;
}

/** The table as options of `@nx/enforce-module-boundaries`: one block for all, one for each project with packages of its own, one for tests. */
export function boundaryBlocks(): BoundaryBlock[] {
  const own = Object.entries(npmOfProject).map(([folder, npm]) =>
    block(`tapio/boundaries/${folder}`, [`${folder}/**/*.ts`], (_, row) =>
      constraint(_, row.tapio, row.npm === "any" ? "any" : [...row.npm, ...npm]),
    ),
  );
  return [
    block("tapio/boundaries", ["**/*.ts"], (layer, row) => constraint(layer, row.tapio, row.npm)),
    ...own,
    block("tapio/boundaries/tests", [...testFiles], (layer, row) => constraint(layer, testsMayImport(layer, row), "any"), {
      // A contract's cases import their own lib by its public name, as its users do.
      allowCircularSelfDependency: true,
      // The one file of the workspace's root that every project's vitest.config.ts shares.
      allow: [String.raw`^(\.\./)+vitest\.project\.ts$`],
    }),
  ];
}

/** The layers that a test file of `layer` may import. */
export function testsMayImport(layer: LayerName, row: LayerRow = layers[layer]): readonly LayerName[] {
  return layer === "tools" || layer === "web" ? row.tapio : [...row.tapio, "testing"];
}

function block(
  name: string,
  files: string[],
  toConstraint: (layer: LayerName, row: LayerRow) => DependencyConstraint,
  options: Readonly<Record<string, unknown>> = {},
): BoundaryBlock {
  const depConstraints = layerNames.map((layer) => toConstraint(layer, layers[layer]));
  return {
    name,
    files,
    rules: {
      "@nx/enforce-module-boundaries": [
        "error",
        // Loading a lib late in one place and early in another is nothing to this rule's purpose, and finding it out is slow.
        { checkDynamicDependenciesExceptions: [".*"], banTransitiveDependencies: true, depConstraints, ...options },
      ],
    },
  };
}

function constraint(layer: LayerName, tapio: readonly LayerName[], npm: readonly string[] | "any"): DependencyConstraint {
  const tags = tapio.map((name) => `layer:${name}`);
  return {
    sourceTag: `layer:${layer}`,
    // An empty list would let untagged projects through; a tag that nobody has does not.
    onlyDependOnLibsWithTags: tags.length === 0 ? ["layer:none"] : tags,
    ...(npm === "any" ? {} : { allowedExternalImports: [...npmOfAll, ...npm].flatMap((name) => [name, `${name}/*`]) }),
  };
}
