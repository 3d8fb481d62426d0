import { receiverNames, type ReceiverName } from "./chaos-plan.ts";
import { seriesOf } from "../metrics-text.ts";

/** What one scrape of /metrics says. */
export interface GatewayFigures {
  /** Each series of the prometheus destination. */
  readonly counters: ReadonlyMap<string, number>;
  /** The same, summed by `kind/type`. */
  readonly counted: ReadonlyMap<string, number>;
  readonly dead: Readonly<Record<ReceiverName, number>>;
  /** Lag, waiting, parked and in flight of all destinations together; 0: everything is settled. */
  readonly unsettled: number;
}

const counterNames = /^tapio_(events|findings|correlations)_total\{/;
const unsettledNames = /^tapio_delivery_(lag_records|waiting|parked|in_flight_records)\{/;

export async function scrape(url: string): Promise<GatewayFigures> {
  const response = await fetch(`${url}/metrics`);
  return figuresOf(await response.text());
}

export function figuresOf(text: string): GatewayFigures {
  const counters = new Map(seriesOf(text, counterNames).map(({ series, value }) => [series, value]));
  const counted = new Map<string, number>();
  for (const [series, value] of counters) {
    const kind = (/^tapio_(event|finding|correlation)s/.exec(series) ?? [])[1] ?? "";
    const type = (/[{,]type="([^"]*)"/.exec(series) ?? [])[1] ?? "";
    counted.set(`${kind}/${type}`, (counted.get(`${kind}/${type}`) ?? 0) + value);
  }
  const deadOf = (name: ReceiverName): number =>
    seriesOf(text, new RegExp(`^tapio_delivery_dead_letters\\{destination="${name}"`)).reduce((sum, { value }) => sum + value, 0);
  return {
    counters,
    counted,
    dead: Object.fromEntries(receiverNames.map((name) => [name, deadOf(name)])) as Record<ReceiverName, number>,
    unsettled: seriesOf(text, unsettledNames).reduce((sum, { value }) => sum + value, 0),
  };
}
