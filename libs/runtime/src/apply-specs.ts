import type { Destination } from "./destination/destination.ts";
import type { DestinationSpec } from "./destination-spec.ts";
import type { RuntimeParts } from "./runtime-parts.ts";

/** Names of destinations, by what another configuration does with them. */
export interface AppliedSpecs {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What would become of which destination. Pure. */
export function planSpecs(
  destinations: ReadonlyMap<string, { readonly spec: Pick<DestinationSpec, "configHash"> }>,
  specs: readonly Pick<DestinationSpec, "name" | "configHash">[],
): AppliedSpecs {
  const wanted = new Set(specs.map((spec) => spec.name));
  const hashOf = (name: string): string | undefined => destinations.get(name)?.spec.configHash;
  return {
    added: specs.filter(({ name }) => !destinations.has(name)).map(({ name }) => name),
    changed: specs.filter(({ name, configHash }) => destinations.has(name) && hashOf(name) !== configHash).map(({ name }) => name),
    removed: [...destinations.keys()].filter((name) => !wanted.has(name)),
  };
}

/** How long a removed destination may take to settle what is in flight. */
const removalLimitMs = 10_000;

/** Side by side, since a destination that hangs must not hold up the others. A new one that cannot be opened is none. */
export async function applySpecs(parts: RuntimeParts, specs: readonly DestinationSpec[]): Promise<AppliedSpecs> {
  const { destinations, make, isEnding } = parts;
  const plan = planSpecs(destinations, specs);
  const before = new Map(destinations);
  const added = new Map<string, Destination>();
  const steps = [
    ...plan.removed.map(async (name) => {
      await before.get(name)?.drain(removalLimitMs);
      destinations.delete(name);
    }),
    ...specs.map(async (spec) => {
      if (plan.changed.includes(spec.name)) await before.get(spec.name)?.replace(spec);
      if (!plan.added.includes(spec.name)) return;
      const destination = make(spec);
      await destination.prepare();
      added.set(spec.name, destination);
    }),
  ];
  const failed = (await Promise.allSettled(steps)).find((step) => step.status === "rejected");
  inOrder(destinations, specs, added);
  if (!isEnding.aborted) for (const destination of added.values()) destination.run();
  if (failed !== undefined) throw failed.reason;
  return plan;
}

/** The map in the order of the specs. */
function inOrder(destinations: Map<string, Destination>, specs: readonly DestinationSpec[], added: ReadonlyMap<string, Destination>): void {
  const found = specs.map(({ name }) => [name, destinations.get(name) ?? added.get(name)] as const);
  destinations.clear();
  for (const [name, destination] of found) if (destination !== undefined) destinations.set(name, destination);
}
