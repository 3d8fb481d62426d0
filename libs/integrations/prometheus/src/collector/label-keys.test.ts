import type { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { rememberKeys } from "./label-keys.ts";
import type { LabelKey } from "./label-keys.ts";

const make: LabelKey<number> = (...labels) => labels.join("\0");

describe("rememberKeys", () => {
  it("gives the key that would be made, whatever was asked before", () => {
    const texts = ["", "a", "b"];
    const numbers: readonly Severity[] = [-1, 0, 1, 15, 16, 2 ** 31].map((value) => value as Severity);
    const key = rememberKeys(make);
    for (let round = 0; round < 2; round += 1) {
      for (const type of [...texts, "x".repeat(257)]) {
        for (const severity of numbers) {
          for (const detail of numbers) {
            for (const cluster of texts) {
              for (const namespace of texts) {
                expect(key(type, severity, detail, cluster, namespace)).toBe(make(type, severity, detail, cluster, namespace));
              }
            }
          }
        }
      }
    }
  });

  it("makes a key once for records of one series, and again when its cluster changes", () => {
    let made = 0;
    const key = rememberKeys((...labels) => `${++made} ${make(...labels)}`);
    for (let round = 0; round < 3; round += 1) key("type", 1, 2, "cluster", "namespace");
    expect(made).toBe(1);
    key("type", 1, 2, "other", "namespace");
    expect(key("type", 1, 2, "other", "namespace")).toBe(["2 type", "1", "2", "other", "namespace"].join("\0"));
    expect(made).toBe(2);
  });

  it("remembers no more than so many, makes the others, and after as many again begins anew", () => {
    let made = 0;
    const key = rememberKeys((...labels) => (made++, make(...labels)));
    const ask = (from: number, to: number) => {
      for (let index = from; index < to; index += 1) key(`type-${String(index)}`, 1, 1, "", "");
      return made;
    };
    expect(ask(0, 16_384)).toBe(16_384);
    expect(ask(0, 16_384)).toBe(16_384);
    expect(ask(16_384, 32_768)).toBe(32_768);
    expect(ask(0, 16_384)).toBe(32_768);
    expect(ask(32_768, 32_769)).toBe(32_769);
    expect(ask(0, 1)).toBe(32_770);
    expect(ask(32_768, 32_769)).toBe(32_770);
    expect(key("type-16384", 1, 1, "", "")).toBe(["type-16384", "1", "1", "", ""].join("\0"));
  });
});
