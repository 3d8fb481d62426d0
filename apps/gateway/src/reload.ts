import { create } from "@bufbuild/protobuf";
import { ReloadConfigResponseSchema, type ReloadConfigRequest, type ReloadConfigResponse } from "@tapio/contracts/admin/v1/admin";
import type { DestinationConfig, GatewayConfig } from "@tapio/contracts/gateway/v1/config";
import { ControlError, type Clock, type Logger, type Meter } from "@tapio/integration-core";
import { needsRestart } from "./config-changes.ts";
import type { ConfigReading } from "./read-config.ts";

/** Which destinations a configuration adds, restarts and removes. */
export interface DestinationChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface ReloadOptions {
  /** What the process was started with: settings that need a restart are compared with it. */
  readonly started: GatewayConfig;
  /** Reads and checks the configuration as it is now. */
  read(): ConfigReading;
  /** What `apply` would change. */
  plan(destinations: readonly DestinationConfig[]): Promise<DestinationChanges>;
  /** Starts, restarts and stops destinations; those that did not change go on undisturbed. */
  apply(destinations: readonly DestinationConfig[]): Promise<DestinationChanges>;
  /** Puts into force what needs no restart and is no destination. */
  settle(config: GatewayConfig): void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Reads the configuration again while the gateway runs. */
export interface Reloads {
  /**
   * One at a time, in the order of the calls. A configuration with a problem changes nothing.
   * @throws ControlError `invalid` with every problem; `not_now` when the gateway is stopping, or when the journal could not take all of it.
   */
  reload(request: Pick<ReloadConfigRequest, "dryRun">): Promise<ReloadConfigResponse>;
  /** Refuses what comes from now on, and resolves when what was begun is done. */
  close(): Promise<void>;
}

export function createReloads(options: ReloadOptions): Reloads {
  const { logger } = options;
  const metrics = createReloadMetrics(options);
  const kinds = new Map(options.started.destinations.map(({ name, integration }) => [name, integration.case]));
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const check = (): GatewayConfig => {
    if (isClosed) throw new ControlError("not_now", "the gateway is stopping: nothing is reloaded");
    const reading = options.read();
    if (!reading.ok) throw new ControlError("invalid", `${reading.failure}\nNothing was changed.`);
    const problems = reading.config.destinations.flatMap(({ name, integration }) => otherKind(name, kinds.get(name), integration.case));
    if (problems.length > 0) throw new ControlError("invalid", `${problems.join("\n")}\nNothing was changed.`);
    return reading.config;
  };

  const reload = async (dryRun: boolean): Promise<ReloadConfigResponse> => {
    const config = check();
    const restart = needsRestart(options.started, config);
    const changes = await (dryRun ? options.plan(config.destinations) : options.apply(config.destinations).catch(halfDone));
    if (!dryRun) {
      options.settle(config);
      for (const name of changes.removed) kinds.delete(name);
      for (const { name, integration } of config.destinations) kinds.set(name, integration.case);
      logger.info({ ...changes, needs_restart: restart }, "the configuration was reloaded");
      if (restart.length > 0) logger.warn({ needs_restart: restart }, "settings changed that count from the next start on");
    }
    return create(ReloadConfigResponseSchema, {
      ...{ added: [...changes.added], changed: [...changes.changed], removed: [...changes.removed] },
      needsRestart: [...restart],
    });
  };

  return {
    reload({ dryRun }) {
      const done = turn.then(() => reload(dryRun));
      turn = done.then(
        () => dryRun || metrics.applied(),
        (reason: unknown) => {
          if (dryRun) return;
          metrics.refused(reason);
          logger.error({ reason: reason instanceof Error ? reason.message : String(reason) }, "the configuration was not reloaded");
        },
      );
      return done;
    },
    async close() {
      isClosed = true;
      await turn;
    },
  };
}

/** The journal may be in trouble: the same reload, a little later, finds only what is left to do. */
function halfDone(reason: unknown): never {
  const why = reason instanceof Error ? reason.message : String(reason);
  throw new ControlError("not_now", `not every destination could be changed: ${why}. Those that could are; reload again for the rest`);
}

/** A log holds a cursor, and perhaps state, that means nothing to another kind of integration. */
function otherKind(name: string, before: string | undefined, after: string | undefined): string[] {
  if (before === undefined || before === after) return [];
  return [`destination ${name} was ${before} and would be ${after}: a name keeps its kind for good, so give the new one another name`];
}

interface ReloadMetrics {
  applied(): void;
  refused(reason: unknown): void;
}

function createReloadMetrics({ clock, meter }: ReloadOptions): ReloadMetrics {
  const reloads = meter.counter("tapio_config_reloads_total", "Reloads of the configuration, by what became of them.", ["result"]);
  const successful = meter.gauge("tapio_config_last_reload_successful", "1 when the last reload, or the start, took the configuration.");
  const at = meter.gauge("tapio_config_last_reload_success_timestamp_seconds", "When the configuration was last taken, since 1970.");
  const taken = (): void => {
    successful.set(1);
    at.set(clock.now() / 1_000);
  };
  for (const result of ["applied", "refused", "failed"]) reloads.add(0, { result });
  taken();
  return {
    applied() {
      reloads.add(1, { result: "applied" });
      taken();
    },
    refused(reason) {
      reloads.add(1, { result: reason instanceof ControlError && reason.code === "invalid" ? "refused" : "failed" });
      successful.set(0);
    },
  };
}
