import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@tapio/contracts/grpc/health/v1/health";
import type { ApiPorts } from "../core/interfaces.ts";
import { stopping } from "./failures.ts";

/** How often Watch looks whether the status changed. */
const WATCH_INTERVAL_MS = 1_000;

/** grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md); `""` is the server as a whole. */
export function routeHealth(
  router: ConnectRouter,
  ports: Pick<ApiPorts, "isReady" | "clock" | "shutdown">,
  services: readonly string[],
): void {
  const known = new Set(["", ...services]);
  const statusNow = (): ServingStatus => (ports.isReady() && !ports.shutdown.aborted ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  router.service(Health, {
    check({ service }) {
      if (known.has(service)) return { status: statusNow() };
      throw new ConnectError(`there is no service ${service} here`, Code.NotFound);
    },
    list: () => ({ statuses: Object.fromEntries([...known].map((service) => [service, { status: statusNow() }])) }),
    async *watch({ service }, context) {
      const signal = AbortSignal.any([context.signal, ports.shutdown]);
      let told: ServingStatus | undefined;
      for (;;) {
        const status = known.has(service) ? statusNow() : ServingStatus.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        if (ports.shutdown.aborted) throw stopping();
        await ports.clock.sleep(WATCH_INTERVAL_MS, signal).catch((reason: unknown) => {
          if (!ports.shutdown.aborted) throw reason;
        });
      }
    },
  });
}
