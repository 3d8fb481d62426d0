import { describe, expect, it } from "vitest";
import { runDemo } from "../src/demo/run-demo.ts";
import { formatTable, isComplete, type Arrival } from "../src/demo/table.ts";

describe("the demo", () => {
  it("brings every record to every place", { timeout: 60_000 }, async () => {
    const arrivals = await runDemo({ say: () => undefined, boundMs: 30_000 });
    expect(arrivals).toHaveLength(13);
    expect(formatTable(arrivals)).not.toContain("MISSING");
    expect(isComplete(arrivals)).toBe(true);
  });

  it("shows what is missing", () => {
    const arrival: Arrival = {
      id: "a",
      kind: "event",
      type: "x.y",
      arrived: { otlp: true, metrics: true, webhook: false, subscriber: true },
    };
    expect(isComplete([arrival])).toBe(false);
    expect(formatTable([arrival]).split("\n")[2]).toMatch(/^a +event +x\.y +yes +yes +MISSING +yes$/);
  });
});
