import { describe, expect, it } from "vitest";
import { manifestProblems } from "./manifest-problems.ts";

const shared = new Set(["vitest"]);

function problems(
  dependencies: Record<string, string>,
  devDependencies: Record<string, string>,
  source: string[],
  tests: string[],
): string[] {
  const manifest = { name: "@tapio/it", dependencies, devDependencies };
  return manifestProblems(manifest, { source: new Set(source), tests: new Set(tests) }, shared);
}

describe("a package.json", () => {
  it("is sound when it names exactly what is imported, by package or by a path in it", () => {
    const source = ["undici", "@bufbuild/protobuf/wkt", "node:fs", "fs", "./near.ts"];
    const tests = ["vitest", "@tapio/it", "@tapio/testing", "undici"];
    expect(problems({ undici: "1.0.0", "@bufbuild/protobuf": "2.0.0" }, { "@tapio/testing": "0.1.0" }, source, tests)).toEqual([]);
  });

  it("may not leave out a package that the source imports", () => {
    expect(problems({}, { undici: "1.0.0" }, ["undici"], ["undici"])).toEqual([`undici is imported but not in "dependencies"`]);
    expect(problems({}, {}, ["vitest"], [])).toEqual([`vitest is imported but not in "dependencies"`]);
  });

  it("may not name a package that nothing imports", () => {
    expect(problems({ undici: "1.0.0" }, {}, [], [])).toEqual([`undici is in "dependencies" but nothing imports it`]);
    expect(problems({}, { undici: "1.0.0" }, [], [])).toEqual([`undici is in "devDependencies" but no test imports it`]);
  });

  it("names what tests alone import as such", () => {
    expect(problems({ undici: "1.0.0" }, {}, [], ["undici"])).toEqual([
      `undici is in "dependencies" but tests alone import it: move it to "devDependencies"`,
    ]);
    expect(problems({}, {}, [], ["undici"])).toEqual([`undici is imported by tests but not in "devDependencies"`]);
  });

  it.each(["^1.0.0", "~1.0.0", "*", "1.x", "latest", "npm:other@^1.0.0"])("pins exactly, not %s", (range) => {
    expect(problems({ undici: range }, {}, ["undici"], [])).toEqual([`undici is not pinned exactly: ${range}`]);
  });

  it.each(["1.0.0", "1.0.0-rc.1", "npm:other@1.0.0", "npm:@scope/other@1.0.0"])("may pin %s", (version) => {
    expect(problems({ undici: version }, {}, ["undici"], [])).toEqual([]);
  });
});
