import { defineConfig, type ViteUserConfig } from "vitest/config";

export interface ProjectOptions {
  /** Files under `src` that coverage cannot see into, each with its reason in a comment beside it. */
  readonly uncovered?: readonly string[];
  /** How long one test may take, in milliseconds. */
  readonly testTimeoutMs?: number;
  /** False for projects whose code runs in other processes; default true. */
  readonly withCoverage?: boolean;
}

/** The vitest configuration of one project: source of the workspace's libs, coverage with thresholds, a JSON report for the closing count. */
export function projectConfig(options: ProjectOptions = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: ["tapio-source"] },
    ssr: { resolve: { conditions: ["tapio-source"], externalConditions: ["tapio-source"] } },
    test: {
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      execArgv: ["--conditions=tapio-source"],
      testTimeout: options.testTimeoutMs ?? 10_000,
      // Nx asks for colours; what tests and the programs that they start write is compared as plain text.
      env: { FORCE_COLOR: "0" },
      reporters: ["default", "json"],
      outputFile: { json: "reports/test.json" },
      coverage: {
        enabled: options.withCoverage ?? true,
        provider: "v8",
        include: ["src/**/*.ts"],
        exclude: ["src/**/*.test.ts", "src/gen/**", "src/testdata/**", "src/**/index.ts", ...(options.uncovered ?? [])],
        reporter: ["text-summary", "json-summary"],
        reportsDirectory: "reports/coverage",
        thresholds: { lines: 80, branches: 80 },
      },
    },
  });
}
