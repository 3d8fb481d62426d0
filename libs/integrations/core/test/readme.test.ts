import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("the README shows the example as it is tested", async () => {
  const [readme, example] = await Promise.all(
    ["../README.md", "./pager-integration.ts"].map((file) => readFile(new URL(file, import.meta.url), "utf8")),
  );
  expect(readme).toContain(`\`\`\`ts\n${example ?? ""}\`\`\``);
});
