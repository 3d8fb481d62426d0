import { describe, expect, it } from "vitest";
import { createIdMemory } from "./id-memory.ts";

/** Hashes that fall into few homes, so that slots collide and runs wrap around; their second words agree in the upper bits, or in none. */
const words = (id: number) => new Uint32Array([id % 3 === 0 ? 0xffffffff : id % 5, id % 2 === 0 ? id : 2 ** 32 - id, 7, 9]);

describe("createIdMemory", () => {
  it("finds what it remembers, and nothing else", () => {
    const memory = createIdMemory(10);
    memory.remember(words(1), 0, 100);
    memory.remember(new Uint32Array([0, 0, ...words(2)]), 2, 101);
    expect(memory.find(words(1), 0)).toBe(100);
    expect(memory.find(words(2), 0)).toBe(101);
    expect(memory.find(words(3), 0)).toBe(0);
    for (let word = 0; word < 4; word++) expect(memory.find(words(1).with(word, 55), 0)).toBe(0);
  });

  it("forgets the oldest when it is full, also with room for one", () => {
    const one = createIdMemory(1);
    one.remember(words(1), 0, 1);
    one.remember(words(2), 0, 2);
    expect([one.find(words(1), 0), one.find(words(2), 0), one.size]).toEqual([0, 2, 1]);
  });

  it("withdraws the newest, and no more than there are", () => {
    const memory = createIdMemory(3);
    for (const id of [1, 2, 3, 4]) memory.remember(words(id), 0, id);
    memory.forgetNewest(2);
    expect([1, 2, 3, 4].map((id) => memory.find(words(id), 0))).toEqual([0, 2, 0, 0]);
    memory.remember(words(5), 0, 5);
    expect([2, 5].map((id) => memory.find(words(id), 0))).toEqual([2, 5]);
    memory.forgetNewest(99);
    expect(memory.size).toBe(0);
    expect(memory.find(words(5), 0)).toBe(0);
  });

  it("forgets those up to a sequence, and no others", () => {
    const memory = createIdMemory(4);
    for (const id of [1, 2, 3, 4, 5]) memory.remember(words(id), 0, id * 10);
    memory.forgetUpTo(19);
    expect(memory.size).toBe(4);
    memory.forgetUpTo(35);
    expect([1, 2, 3, 4, 5].map((id) => memory.find(words(id), 0))).toEqual([0, 0, 0, 40, 50]);
    for (const id of [6, 7, 8]) memory.remember(words(id), 0, id * 10);
    expect([4, 5, 6, 7, 8].map((id) => memory.find(words(id), 0))).toEqual([0, 50, 60, 70, 80]);
    memory.forgetUpTo(Infinity);
    expect([memory.size, memory.find(words(8), 0)]).toEqual([0, 0]);
    memory.forgetUpTo(Infinity);
  });

  it("agrees with a plain list over random remembering, withdrawing and forgetting", () => {
    let seed = 42;
    const random = (below: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
    for (const capacity of [1, 2, 7, 16]) {
      const memory = createIdMemory(capacity);
      let model: (readonly [id: number, sequence: number])[] = [];
      for (let step = 0; step < 3000; step++) {
        const id = random(60);
        if (random(8) === 0) {
          const count = random(random(4) === 0 ? capacity + 2 : 3);
          memory.forgetNewest(count);
          model = model.slice(0, Math.max(0, model.length - count));
        } else if (random(12) === 0) {
          const upTo = step - random(3 * capacity);
          memory.forgetUpTo(upTo);
          model = model.filter(([, sequence]) => sequence > upTo);
        } else if (memory.find(words(id), 0) === 0) {
          memory.remember(words(id), 0, step + 1);
          model = [...model, [id, step + 1] as const].slice(-capacity);
        }
        expect(memory.size).toBe(model.length);
        for (let probe = 0; probe < 60; probe += 7) {
          expect(memory.find(words(probe), 0)).toBe(model.find(([known]) => known === probe)?.[1] ?? 0);
        }
      }
    }
  });
});
