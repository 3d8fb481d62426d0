import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DeadLetterSelectorSchema, SkipDestinationRequestSchema } from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import type { DestinationSpec } from "@tapio/runtime";
import { must } from "./destination-model.ts";
import { specOf, typesOf } from "./specs.ts";
import { names, type Step } from "./steps.ts";
import type { WatchedJournal } from "./watched-journal.ts";
import type { World } from "./world.ts";

/** The configuration that is in force. */
export function specsOf(world: World, journal: WatchedJournal): DestinationSpec[] {
  return world.configured.flatMap((name) => {
    const peer = world.peers.get(name);
    return peer === undefined ? [] : [specOf(name, world.variant, peer, () => journal.isAlive)];
  });
}

/** Pauses, resumes or drains. */
export async function steer(world: World, { do: what, at }: Step & { do: "pause" | "resume" | "drain" }): Promise<void> {
  const { control } = world.runtime;
  const model = world.peers.get(at)?.model;
  if (model === undefined || !world.configured.includes(at)) return;
  if (what === "resume") model.isStopped = false;
  const call = { pause: control.pauseDestination, resume: control.resumeDestination, drain: control.drainDestination }[what];
  const done = await tolerant(world, call(at));
  if (what === "pause" && done !== undefined) model.isStopped = true;
}

/** What an operator is told cannot be done is no error here; the death of the process neither. */
async function tolerant<T>(world: World, work: Promise<T>): Promise<T | undefined> {
  try {
    return await world.driver.until(work);
  } catch (reason) {
    if (reason instanceof ControlError || (reason as { name?: string }).name === "JournalError") return undefined;
    throw reason;
  }
}

export async function skip(world: World, { at, records }: Step & { do: "skip" }): Promise<void> {
  const model = world.peers.get(at)?.model;
  if (model === undefined || !world.configured.includes(at)) return;
  const target = Math.min(world.journal.bounds().head, model.cursor + records);
  const request = (dryRun: boolean) =>
    create(SkipDestinationRequestSchema, { name: at, to: { at: { case: "afterSequence", value: BigInt(target) } }, dryRun });
  await tolerant(world, world.runtime.control.skipDestination(request(true)));
  await tolerant(world, world.runtime.control.skipDestination(request(false)));
}

type Selected = Step & { do: "replay" | "discard" };

function selectorOf({ at, only }: Selected): MessageInitShape<typeof DeadLetterSelectorSchema> {
  return {
    destination: at,
    ...(only === "unavailable" ? { codes: ["unavailable"] } : {}),
    ...(only === "first" ? { toSequence: 6n } : {}),
  };
}

export async function replay(world: World, step: Selected): Promise<void> {
  const { control } = world.runtime;
  const request = (dryRun: boolean) => ({ selector: create(DeadLetterSelectorSchema, selectorOf(step)), dryRun });
  const model = world.peers.get(step.at)?.model;
  // What is still on its way may become one dead letter more between the two.
  const isAtRest = (model?.cursor ?? 0) >= world.journal.bounds().head;
  const isCalm = isAtRest && world.fates.length === 0 && (step.at !== "counts" || world.peers.get("counts")?.behaviour.kind === "works");
  const dry = await tolerant(world, control.replayDeadLetters(request(true) as never));
  // A destination with state of its own applies what is replayed at once, paused or not: the operator said so.
  const wasStopped = model?.isStopped ?? false;
  if (model?.settings.isStateful === true) model.isStopped = false;
  const done = await tolerant(world, control.replayDeadLetters(request(false) as never));
  if (model !== undefined) model.isStopped = wasStopped;
  if (dry === undefined || done === undefined || !isCalm) return;
  must(
    dry.replayed === done.replayed && dry.wouldSkip === done.wouldSkip,
    `a dry run counts ${dry.replayed}, and ${done.replayed} are replayed`,
  );
}

export async function discard(world: World, step: Selected): Promise<void> {
  const { control } = world.runtime;
  const model = world.peers.get(step.at)?.model;
  if (model === undefined) return;
  const request = (dryRun: boolean) => ({ selector: create(DeadLetterSelectorSchema, selectorOf(step)), dryRun });
  const dry = await tolerant(world, control.discardDeadLetters(request(true) as never));
  model.isDiscarding = true;
  const done = await tolerant(world, control.discardDeadLetters(request(false) as never));
  model.isDiscarding = false;
  if (dry === undefined || done === undefined) return;
  must(dry.discarded === done.discarded, `a dry run counts ${dry.discarded}, and ${done.discarded} are discarded`);
}

export async function reload(world: World, { without, variant }: Pick<Step & { do: "reload" }, "without" | "variant">): Promise<void> {
  world.configured = names.filter((name) => name !== without);
  world.variant = variant;
  for (const name of names) {
    const model = world.peers.get(name)?.model;
    if (model !== undefined) model.filters = [...model.filters, typesOf(name, variant)].slice(-2);
  }
  const done = await tolerant(world, world.runtime.apply(specsOf(world, world.journal)));
  if (done === undefined) return;
  for (const name of world.configured) {
    const model = world.peers.get(name)?.model;
    if (model !== undefined) model.filters = [typesOf(name, variant)];
  }
}
