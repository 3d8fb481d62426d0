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
  const added: Destination[] = [];
  const steps = [
    ...plan.removed.map(async (name) => {
      await before.get(name)?.drain(removalLimitMs);
      destinations.delete(name);
    }),
    ...specs.map(async (spec) => {
      if (plan.changed.includes(spec.name)) await before.get(spec.name)?.replace(spec);
      if (!plan.added.includes(spec.name)) return;
      const destination = make(spec);
      // At once: nobody may take its log for one of a destination that is not configured, and fence it by a look.
      destinations.set(spec.name, destination);
      try {
        await destination.prepare();
        added.push(destination);
      } catch (reason) {
        destinations.delete(spec.name);
        throw reason;
      }
    }),
  ];
  const failed = (await Promise.allSettled(steps)).find((step) => step.status === "rejected");
  inOrder(destinations, specs);
  if (!isEnding.aborted) for (const destination of added) destination.run();
  if (failed !== undefined) throw failed.reason;
  return plan;
}

/** The map in the order of the specs. */
function inOrder(destinations: Map<string, Destination>, specs: readonly DestinationSpec[]): void {
  const found = specs.map(({ name }) => [name, destinations.get(name)] as const);
  destinations.clear();
  for (const [name, destination] of found) if (destination !== undefined) destinations.set(name, destination);
}
