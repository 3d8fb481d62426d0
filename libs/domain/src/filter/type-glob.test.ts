import { describe, expect, it } from "vitest";
import { compileTypeGlob } from "./type-glob.ts";

describe("a type glob", () => {
  it.each<[string, string, boolean]>([
    ["kernel.network.drop", "kernel.network.drop", true],
    ["kernel.network.drop", "kernel.network", false],
    ["kernel.network.*", "kernel.network.drop", true],
    ["kernel.network.*", "kernel.network", false],
    ["kernel.network.*", "kernel.network.drop.syn", false],
    ["kernel.**", "kernel.network.drop", true],
    ["kernel.**", "kernel", true],
    ["kernel.**", "kernels.a", false],
    ["**", "a", true],
    ["**.drop", "drop", true],
    ["**.drop", "kernel.network.drop", true],
    ["**.drop", "kernel.drop.network", false],
    ["*.network.**.drop", "kernel.network.drop", true],
    ["*.network.**.drop", "kernel.network.a.b.drop", true],
    ["**.a.**.b", "x.a.y.a.z.b", true],
    ["**.a.*.b.**", "a.a.a.b", true],
    ["**.*", "a", true],
    ["*.**.*", "a", false],
    ["*", "a.b", false],
    ["a.**.b.**.c", "a.b.b.x", false],
  ])("%s on %s: %s", (glob, type, expected) => expect(compileTypeGlob(glob)(type)).toBe(expected));

  it("is judged in bounded time however many stars it has", () => {
    const matches = compileTypeGlob(`${"**.a.".repeat(100)}b`);
    expect(matches(Array.from({ length: 2_000 }, () => "a").join("."))).toBe(false);
  });

  it.each(["", "a..b", "a.", ".a", "a b", "ü", "a".repeat(65)])("%j is refused", (glob) => {
    expect(() => compileTypeGlob(glob)).toThrow("is no segment of a type");
  });

  it.each(["oom*", "a.***", "a*b.c"])("%j is refused, since a star is a whole segment", (glob) => {
    expect(() => compileTypeGlob(glob)).toThrow("a star stands for a whole segment");
  });
});
