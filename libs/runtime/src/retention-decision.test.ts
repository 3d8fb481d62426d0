import { describe, expect, it } from "vitest";
import { byteBound, trimTarget } from "./retention-decision.ts";

describe("the bytes that may stay", () => {
  it.each([
    ["RET-2: without a policy, all", { recordBytes: 1e12, fill: 0 }, {}, undefined],
    ["RET-2: without a policy, all below 90 % of the journal's bound", { recordBytes: 890, fill: 0.89 }, {}, undefined],
    ["RET-2: from 90 % on, what fills 85 %", { recordBytes: 900, fill: 0.9 }, {}, 850],
    ["RET-3: as the policy says", { recordBytes: 1_001, fill: 0 }, { maxBytes: 1_000 }, 1_000],
    ["RET-3: all, at the bound", { recordBytes: 1_000, fill: 0 }, { maxBytes: 1_000 }, undefined],
    ["the lesser of both", { recordBytes: 2_000, fill: 1 }, { maxBytes: 1_900 }, 1_700],
    ["of an empty journal that other things fill, nothing less", { recordBytes: 0, fill: 1 }, {}, undefined],
  ])("%s", (_, usage, policy, expected) => {
    expect(byteBound(usage, policy)).toBe(expected);
  });
});

describe("up to where to trim", () => {
  const bounds = { first: 11, head: 100 };

  it.each([
    ["nothing is to go", { pinned: 100, expiredTo: 0, overTo: 0 }, undefined],
    ["what has expired", { pinned: 100, expiredTo: 20, overTo: 0 }, 20],
    ["what is too much", { pinned: 100, expiredTo: 20, overTo: 30 }, 30],
    ["RET-1: never past what is pinned", { pinned: 15, expiredTo: 20, overTo: 30 }, 15],
    ["RET-1: nothing, when the oldest is pinned", { pinned: 10, expiredTo: 20, overTo: 30 }, undefined],
    ["the head, when nothing is pinned", { pinned: Infinity, expiredTo: 100, overTo: Infinity }, 100],
  ])("%s", (_, facts, expected) => {
    expect(trimTarget({ bounds, ...facts })).toBe(expected);
  });
});
