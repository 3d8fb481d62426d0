import { queryObjects } from "node:v8";
import { expect, it } from "vitest";
import { createDeliveryQueue } from "./delivery-queue.ts";
import type { Delivery } from "./machine/delivery.ts";

class Bytes extends Uint8Array {}

function deliveryOf(sequence: number, bytes: number): Delivery {
  const view = { bytes: new Bytes(bytes), size: bytes } as unknown as Delivery["view"];
  const rest = { appendedAtMs: 0, attempt: 1, firstAttemptAtMs: undefined, key: undefined, place: undefined, held: undefined };
  return { sequence, view, ...rest, history: undefined };
}

it("hands out deliveries in order, as many as records and bytes admit, and one at least", () => {
  const queue = createDeliveryQueue();
  for (const [index, bytes] of [10, 10, 50, 10].entries()) queue.push(deliveryOf(index + 1, bytes));
  const take = (recordsMax: number, bytesMax: number) => {
    const { deliveries, bytes, following } = queue.take(recordsMax, bytesMax);
    return [deliveries.map(({ sequence }) => sequence), bytes, following?.sequence, queue.pending];
  };
  expect(take(1, 40)).toEqual([[1], 10, 2, 3]);
  expect(take(9, 40)).toEqual([[2], 10, 3, 2]);
  expect(take(9, 40)).toEqual([[3], 50, 4, 1]);
  expect(take(9, 40)).toEqual([[4], 10, undefined, 0]);
  expect(take(9, 40)).toEqual([[], 0, undefined, 0]);
});

it("DLV-58: keeps nothing of what was taken", () => {
  const queue = createDeliveryQueue();
  for (let sequence = 1; sequence <= 100; sequence++) queue.push(deliveryOf(sequence, 1));
  for (let taken = 0; taken < 90; taken += 10) queue.take(10, 1000);
  expect([queryObjects(Bytes, { format: "count" }), queue.pending]).toEqual([10, 10]);
});
