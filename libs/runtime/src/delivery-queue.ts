import type { Delivery } from "./machine/delivery.ts";

/** Deliveries that are read and not yet taken, in the order of their sequences. */
export interface DeliveryQueue {
  readonly pending: number;
  push(delivery: Delivery): void;
  /** Up to `recordsMax`, at least one where there is any; fewer when they exceed `bytesMax`. `following` stays. */
  take(
    recordsMax: number,
    bytesMax: number,
  ): { readonly deliveries: readonly Delivery[]; readonly bytes: number; readonly following: Delivery | undefined };
  clear(): void;
}

export function createDeliveryQueue(): DeliveryQueue {
  let queue: Delivery[] = [];
  let next = 0;
  return {
    get pending() {
      return queue.length - next;
    },
    push: (delivery) => void queue.push(delivery),
    take(recordsMax, bytesMax) {
      const from = next;
      let bytes = 0;
      for (let delivery = queue[next]; delivery !== undefined && next - from < recordsMax; delivery = queue[next]) {
        if (next > from && bytes + delivery.view.bytes.length > bytesMax) break;
        bytes += delivery.view.bytes.length;
        next += 1;
      }
      return { deliveries: queue.slice(from, next), bytes, following: queue[next] };
    },
    clear() {
      queue = [];
      next = 0;
    },
  };
}
