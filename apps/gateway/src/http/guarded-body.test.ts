import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createByteBudget } from "./byte-budget.ts";
import { guardBody } from "./guarded-body.ts";

async function* chunksOf(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  return bytes;
}

describe("the body of an API call", () => {
  it("passes through within the limits", async () => {
    const guarded = guardBody(chunksOf(3, 4), { share: createByteBudget(7).open(), timeoutMs: 10_000 });
    expect(await drain(guarded.body)).toBe(7);
    expect(guarded.isLate()).toBe(false);
  });

  it("that is late is DEADLINE_EXCEEDED, in every protocol's own way", async () => {
    const never: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };
    const guarded = guardBody(never, { share: createByteBudget(7).open(), timeoutMs: 20 });
    await expect(drain(guarded.body)).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: "the request did not arrive within 20 ms",
    });
    expect(guarded.isLate()).toBe(true);
  });

  it("is RESOURCE_EXHAUSTED with a hint when too many bodies are in memory", async () => {
    const budget = createByteBudget(10);
    expect(budget.open().add(5)).toBe(true);
    const guarded = guardBody(chunksOf(4, 4), { share: budget.open(), timeoutMs: 10_000 });
    const refusal = await drain(guarded.body).catch((reason: unknown) => reason as { code: Code; metadata: Headers });
    expect(refusal).toMatchObject({ code: Code.ResourceExhausted });
    expect(typeof refusal === "number" ? "" : refusal.metadata.get("retry-after-ms")).toBe("1000");
  });

  it("of a stream gives its bytes back as they are read", async () => {
    const guarded = guardBody(chunksOf(8, 8, 8), { share: createByteBudget(10).open(), timeoutMs: undefined });
    expect(await drain(guarded.body)).toBe(24);
  });
});
