import type { Logger } from "@tapio/integration-core";
import type { Breaker } from "../breaker.ts";
import type { DeliveryMetrics } from "../delivery-metrics.ts";
import type { PartialRejection } from "../partial-rejections.ts";

/** Counts and logs what receivers rejected of requests that they took otherwise. */
export function logPartial(
  { metrics, spec }: { readonly metrics: DeliveryMetrics; readonly spec: { readonly name: string } },
  logger: Logger,
): (rejection: PartialRejection) => void {
  return ({ rejected, records, message }) => {
    metrics.partial(rejected);
    const fields = { destination: spec.name, rejected, records, receiver_message: message };
    logger.warn(fields, "the receiver rejected a part of a request; a dead letter of its first record shows it");
  };
}

export function logBreaker(logger: Logger, destination: string): (from: Breaker, to: Breaker) => void {
  return (from, to) => {
    if (to.state === "open" && (from.state === "closed" || from.state === "recovering")) {
      logger.warn({ destination, code: to.code, probe_at_ms: to.probeAtMs }, "the receiver does not work: attempts stop but for probes");
    }
    if (to.state === "closed") logger.info({ destination }, "the receiver works again");
  };
}
