import { failed, IntegrationError, type BatchCall, type DeliveryCall, type Outcome } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import type { BoundIntegration } from "./bound-integration.ts";
import { checkedOutcomes } from "./checked-outcomes.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Delivery } from "./machine/delivery.ts";

export interface AttemptOptions {
  /** The destination's name: a delivery's id is it and the record's sequence. */
  readonly destination: string;
  readonly integration: BoundIntegration;
  readonly deliveries: readonly Delivery[];
  /** Ends it when it takes too long, and when the gateway stops. */
  readonly deadlines: Deadlines;
}

/**
 * One try of one or many deliveries; one outcome each, in their order. Never rejects, and never takes longer than its deadline: an
 * integration that neither answers nor heeds its signal is left behind, and what it says later is ignored.
 */
export async function attempt(options: AttemptOptions): Promise<readonly Outcome[]> {
  const { integration, deliveries, deadlines } = options;
  const where = { integration: integration.name, operation: "deliver" };
  const all = (code: "timeout" | "canceled" | "internal", message: string): readonly Outcome[] => {
    const outcome = failed(new IntegrationError({ ...where, code, message }));
    return deliveries.map(() => outcome);
  };
  if (deadlines.stopped) return all("canceled", "the gateway is stopping");
  const call = new AbortController();
  const ended = Promise.withResolvers<readonly Outcome[]>();
  const unwatch = deadlines.watch((why) => {
    const timeout = why === "timeout";
    const message = timeout ? "no outcome within window.attempt_timeout" : "the gateway stopped while the attempt was in flight";
    // The verdict stands before the integration hears of the abort, so that its own words on it come second.
    ended.resolve(all(timeout ? "timeout" : "canceled", message));
    call.abort(new DOMException(message, timeout ? "TimeoutError" : "AbortError"));
  });
  const answered = ask(options, call.signal)
    .then((answer) => checkedOutcomes(answer, { count: deliveries.length, integration: integration.name }))
    .catch((reason: unknown) => {
      const outcome = failed(IntegrationError.from(reason, where));
      return deliveries.map(() => outcome);
    });
  try {
    return await Promise.race([ended.promise, answered]);
  } finally {
    unwatch();
  }
}

async function ask({ destination, integration, deliveries }: AttemptOptions, signal: AbortSignal): Promise<unknown> {
  if (integration.processBatch === undefined) {
    const named = nameIn(destination);
    return await Promise.all(deliveries.map((delivery) => askOne(integration, delivery.view, { signal, ...named(delivery) })));
  }
  const views = deliveries.map((delivery) => delivery.view);
  return await integration.processBatch(views, new LazyBatchCall(signal, destination, deliveries));
}

const nameIn =
  (destination: string) =>
  ({ sequence, attempt }: Delivery) => ({ deliveryId: `${destination}/${sequence}`, attempt });

/**
 * Most integrations never look at the deliveries' names: a text for each record is made for those who do. A class, since V8 keeps what a getter in an
 * object literal closes over until it collects the whole heap, and that would be every record of the batch.
 */
class LazyBatchCall implements BatchCall {
  readonly signal: AbortSignal;
  readonly #destination: string;
  readonly #made: readonly Delivery[];
  #named: BatchCall["deliveries"] | undefined;

  constructor(signal: AbortSignal, destination: string, made: readonly Delivery[]) {
    this.signal = signal;
    this.#destination = destination;
    this.#made = made;
  }

  get deliveries(): BatchCall["deliveries"] {
    return (this.#named ??= this.#made.map(nameIn(this.#destination)));
  }
}

async function askOne(integration: BoundIntegration, view: RecordView, call: DeliveryCall): Promise<Outcome> {
  const { kind } = view.decoded();
  switch (kind.case) {
    case "event":
      return await integration.processEvent(kind.value, call);
    case "finding":
      return await integration.processFinding(kind.value, call);
    case "correlation":
      return await integration.processCorrelation(kind.value, call);
    case undefined:
      return failed(
        new IntegrationError({
          integration: integration.name,
          operation: "read the record",
          code: "record_invalid",
          message: "the record holds neither an event, a finding nor a correlation",
        }),
      );
  }
}
