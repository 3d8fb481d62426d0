import { IntegrationError } from "@tapio/integration-core";
import type { IntegrationErrorCode, Outcome } from "@tapio/integration-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportResult } from "../core/interfaces.ts";
import { deliverBatch } from "./batch-delivery.ts";

function error(code: IntegrationErrorCode, message: string): IntegrationError {
  return new IntegrationError({ integration: "otel", operation: "test", code, message });
}

interface Run {
  readonly outcomes: readonly Outcome[];
  readonly codes: readonly string[];
  readonly requests: readonly string[];
}

/** Delivers `count` records to a receiver that refuses each request with a poisonous record, and does `special` at some requests. */
async function run(
  count: number,
  poisonous: readonly number[],
  options: { requestsMax?: number; special?: Record<number, ExportResult> } = {},
): Promise<Run> {
  const requests: string[] = [];
  const outcomes = await deliverBatch({
    count,
    requestsMax: options.requestsMax ?? 128,
    exhausted: (refusal) => error("unavailable", `gave up: ${refusal.message}`),
    send: (start, end) => {
      requests.push(`${start}-${end}`);
      const special = options.special?.[requests.length];
      if (special !== undefined) return Promise.resolve(special);
      const isPoisoned = poisonous.some((index) => index >= start && index < end);
      return Promise.resolve(isPoisoned ? { kind: "refused", error: error("record_invalid", "bad") } : { kind: "accepted" });
    },
  });
  return { outcomes, requests, codes: outcomes.map((outcome) => (outcome.kind === "failed" ? outcome.error.code : outcome.kind)) };
}

describe("deliverBatch", () => {
  it("sends everything as one request", async () => {
    const { codes, requests } = await run(3, []);
    expect(codes).toEqual(["delivered", "delivered", "delivered"]);
    expect(requests).toEqual(["0-3"]);
  });

  it("finds the one record that is refused, and delivers the others once each", async () => {
    const { codes, requests } = await run(8, [5]);
    expect(codes).toEqual(["delivered", "delivered", "delivered", "delivered", "delivered", "record_invalid", "delivered", "delivered"]);
    expect(requests).toEqual(["0-8", "0-4", "4-8", "4-6", "4-5", "5-6", "6-8"]);
  });

  it("finds every refused record of any batch, and settles each record in its place", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.uniqueArray(fc.nat(39), { maxLength: 5 }), async (count, poisonous) => {
        const { codes } = await run(count, poisonous);
        expect(codes).toEqual(Array.from({ length: count }, (_, index) => (poisonous.includes(index) ? "record_invalid" : "delivered")));
      }),
      { numRuns: 100 },
    );
  });

  it("ends at the first failure of the receiver, whose error is that of all that is not settled", async () => {
    const { codes } = await run(4, [0], { special: { 4: { kind: "failed", error: error("throttled", "slow") } } });
    expect(codes).toEqual(["record_invalid", "throttled", "throttled", "throttled"]);
  });

  it("spends no more requests than it may, and leaves the rest for later", async () => {
    const { outcomes, codes, requests } = await run(
      1000,
      Array.from({ length: 1000 }, (_, index) => index),
      { requestsMax: 20 },
    );
    expect(requests.length).toBe(20);
    expect(outcomes.length).toBe(1000);
    expect(codes[0]).toBe("record_invalid");
    expect(codes.at(-1)).toBe("unavailable");
    const last = outcomes.at(-1);
    expect(last?.kind === "failed" ? last.error.message : "").toBe("gave up: bad");
  });

  it("gives all records of one request the same partial success", async () => {
    const partial = { rejected: 1, message: "one too old" };
    const { outcomes } = await run(2, [], { special: { 1: { kind: "accepted", partial } } });
    expect(outcomes).toEqual([
      { kind: "delivered", partial },
      { kind: "delivered", partial },
    ]);
    expect(outcomes[0]).toBe(outcomes[1]);
  });
});
