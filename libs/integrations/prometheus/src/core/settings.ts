import type { PrometheusConfig } from "@tapio/contracts/integrations/prometheus/v1/config";
import { prometheusError } from "./errors.ts";

/** The config with its defaults filled in. */
export interface Settings {
  /** What all names begin with, without the underscore. */
  readonly prefix: string;
  /** Most series per metric, its overflow series not counted. */
  readonly seriesMax: number;
  readonly constLabels: Readonly<Record<string, string>>;
  /** The records' own labels that a constant replaces. */
  readonly fixedLabels: ReadonlySet<string>;
}

const seriesMaxDefault = 2_000;
/** Labels that say where a record comes from; who runs one gateway per cluster may know better. */
const replaceable: ReadonlySet<string> = new Set(["cluster", "namespace"]);

/**
 * Fills the defaults.
 * @param labelNames all labels that the metrics give a meaning of their own.
 * @throws IntegrationError `config_invalid` for a constant label that would hide one of them.
 */
export function settingsOf(config: PrometheusConfig, labelNames: ReadonlySet<string>): Settings {
  const constLabels: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.constLabels)) {
    if (name.startsWith("__")) throw refused(name, "names that begin with __ belong to Prometheus");
    if (labelNames.has(name) && !replaceable.has(name)) throw refused(name, "the metrics have a label of this name already");
    constLabels[name] = value.toWellFormed();
  }
  return {
    prefix: config.prefix === "" ? "tapio" : config.prefix,
    seriesMax: config.maxSeries === 0 ? seriesMaxDefault : config.maxSeries,
    constLabels,
    fixedLabels: new Set(Object.keys(constLabels).filter((name) => replaceable.has(name))),
  };
}

function refused(name: string, why: string) {
  return prometheusError("config_invalid", "read the config", `const_labels["${name}"]: ${why}; choose another name`);
}
