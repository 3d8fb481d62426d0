import { describe, expect, it } from "vitest";
import { createUuidV7 } from "./uuid-v7.ts";

const zeros = (bytes: Uint8Array): void => void bytes.fill(0);
const ones = (bytes: Uint8Array): void => void bytes.fill(0xff);

describe("createUuidV7", () => {
  it("puts the time, the version and the variant where RFC 9562 wants them", () => {
    // The example of RFC 9562, appendix A.6, has this time.
    expect(createUuidV7({ now: () => 0x017f22e279b0, random: zeros })()).toBe("017f22e2-79b0-7000-8000-000000000000");
    expect(createUuidV7({ now: () => 0x017f22e279b0, random: ones })()).toBe("017f22e2-79b0-77ff-bfff-ffffffffffff");
  });

  it("gives ids that rise within one millisecond, over more ids than the counter has", () => {
    const next = createUuidV7({ now: () => 5, random: ones });
    let last = next();
    for (let i = 0; i < 10_000; i++) {
      const id = next();
      expect(id > last).toBe(true);
      last = id;
    }
  });

  it("gives ids that rise when the clock steps back", () => {
    const times = [10, 9.5, 3, 11];
    const next = createUuidV7({ now: () => times.shift() ?? 0, random: zeros });
    const ids = [next(), next(), next(), next()];
    expect(ids).toEqual(ids.toSorted());
    expect(ids[3]).toBe("00000000-000b-7000-8000-000000000000");
  });

  it("uses each random byte once", () => {
    let byte = 0;
    const next = createUuidV7({ now: () => 1, random: (bytes) => void bytes.forEach((_, at) => (bytes[at] = byte++ & 0xff)) });
    const tails = Array.from({ length: 25 }, () => next().slice(18));
    expect(tails.slice(0, 2)).toEqual(["-8001-020304050607", "-8a0b-0c0d0e0f1011"]);
    expect(new Set(tails).size).toBe(25);
  });
});
