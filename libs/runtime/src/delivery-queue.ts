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

/** What is taken is not referred to any more: it lives as long as those who took it need it. */
export function createDeliveryQueue(): DeliveryQueue {
  let queue: Delivery[] = [];
  return {
    get pending() {
      return queue.length;
    },
    push: (delivery) => void queue.push(delivery),
    take(recordsMax, bytesMax) {
      let bytes = 0;
      let count = 0;
      for (let delivery = queue[count]; delivery !== undefined && count < recordsMax; delivery = queue[count]) {
        if (count > 0 && bytes + delivery.view.size > bytesMax) break;
        bytes += delivery.view.size;
        count += 1;
      }
      return { deliveries: queue.splice(0, count), bytes, following: queue[0] };
    },
    clear() {
      queue = [];
    },
  };
}
