import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** How the files below two folders differ, one line for each file: `missing`, `unexpected` or `differs`, seen from `actual`. */
export async function differencesOf(actual: string, expected: string): Promise<string[]> {
  const [have, want] = await Promise.all([filesBelow(actual), filesBelow(expected)]);
  const differences: string[] = [];
  for (const file of [...new Set([...have, ...want])].sort()) {
    if (!have.has(file)) differences.push(`missing: ${file}`);
    else if (!want.has(file)) differences.push(`unexpected: ${file}`);
    else if (!(await readFile(join(actual, file))).equals(await readFile(join(expected, file)))) differences.push(`differs: ${file}`);
  }
  return differences;
}

async function filesBelow(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Set(entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)));
}
