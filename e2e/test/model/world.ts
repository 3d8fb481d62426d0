import type { DestinationChange } from "@tapio/journal";
import { createRuntime, type Runtime } from "@tapio/runtime";
import { createFakeClock, noopMeter, noopTracer, sampleEvent, sampleView, silentLogger, type FakeClock } from "@tapio/testing";
import { checkEnds } from "./check-ends.ts";
import { createDestinationModel, must, type DestinationModel, type ModelRecord } from "./destination-model.ts";
import { createDriver, type Driver } from "./driver.ts";
import type { Peer } from "./receivers.ts";
import { discard, reload, replay, skip, specsOf, steer } from "./operate.ts";
import { settingsOf } from "./specs.ts";
import { names, type Name, type Step } from "./steps.ts";
import type { Store } from "./stores.ts";
import { watchJournal, type CommitFate, type WatchedJournal } from "./watched-journal.ts";

/** A gateway's delivery, process after process, with everything around it. */
export interface World {
  readonly clock: FakeClock;
  readonly records: Map<number, ModelRecord>;
  readonly peers: ReadonlyMap<Name, Peer>;
  readonly driver: Driver;
  journal: WatchedJournal;
  runtime: Runtime;
  configured: readonly Name[];
  variant: 0 | 1;
  /** Of the next commits. */
  fates: CommitFate[];
  problem: Error | undefined;
  trace(line: string): void;
}

/** `trace` is told of every step, attempt and commit, for who follows a counterexample. */
export async function runSteps(
  makeStore: (clock: FakeClock) => Promise<Store> | Store,
  steps: readonly Step[],
  trace: (line: string) => void = () => undefined,
): Promise<void> {
  const clock = createFakeClock();
  const store = await makeStore(clock);
  try {
    const world = await createWorld(clock, store, trace);
    for (const step of steps) {
      trace(JSON.stringify(step));
      await take(world, store, step);
      if (!world.journal.isAlive) await nextProcess(world, store);
      if (world.problem !== undefined) throw world.problem;
    }
    await comeToRest(world, store);
    await checkEnds(world);
    await world.driver.until(world.runtime.drain(1000));
    await world.journal.close();
  } finally {
    await store.dispose();
  }
}

async function createWorld(clock: FakeClock, store: Store, trace: World["trace"]): Promise<World> {
  const records = new Map<number, ModelRecord>();
  const peers = new Map<Name, Peer>();
  const world = { clock, records, peers, configured: names, variant: 0, fates: [], problem: undefined, trace } as Omit<
    World,
    "journal" | "runtime" | "driver"
  > as World;
  for (const name of names) {
    const model = createDestinationModel(name, settingsOf(name), records);
    const behaviour = name === "hangs" ? { kind: "hangs" as const } : { kind: "works" as const };
    peers.set(name, {
      behaviour,
      model,
      shown: {},
      trace: (line) => trace(`${name}: ${line}`),
      onProblem: (problem) => fails(world, problem),
    });
  }
  Object.assign(world, { driver: createDriver(world) });
  await start(world, store);
  return world;
}

/** The first problem counts. */
function fails(world: World, problem: unknown): void {
  world.problem ??= problem instanceof Error ? problem : new Error(String(problem));
}

async function start(world: World, store: Store): Promise<void> {
  const modelOf = (destination: string): DestinationModel | undefined => world.peers.get(destination as Name)?.model;
  const journal = watchJournal(await store.open(), {
    onCommit(destination, change) {
      const fate = world.fates.shift() ?? "write";
      const model = modelOf(destination);
      try {
        model?.mayCommit(change);
      } catch (problem) {
        fails(world, problem);
      }
      world.trace(`${destination}: commit, ${fate}: ${briefChange(change)}`);
      if (fate !== "write") model?.fault();
      return fate;
    },
    onWritten: (destination, change, isKnown) => modelOf(destination)?.written(change, isKnown),
    onAppended: (appended) => learn(world, appended),
    onProblem: (problem) => fails(world, problem),
  });
  world.journal = journal;
  world.runtime = createRuntime({
    ...{ journal, clock: world.clock, logger: silentLogger, meter: noopMeter, tracer: noopTracer, random: () => 0.5 },
    destinations: specsOf(world, journal),
  });
  await world.driver.until(world.runtime.start());
}

function briefChange({ cursor, put = [], remove = [], state, control }: DestinationChange): string {
  const rows = put.map((row) => `${row.state} ${row.sequence}${row.through === undefined ? "" : `-${row.through}`}`);
  return [`cursor ${cursor ?? "-"}`, ...rows, ...remove.map((one) => `remove ${one}`), state && "state", control && "control"]
    .filter(Boolean)
    .join(", ");
}

function learn(world: World, appended: readonly { readonly sequence: number; readonly id: string }[]): void {
  for (const { sequence, id } of appended) {
    const number = Number(id.slice(1));
    world.records.set(sequence, { sequence, id, key: `k${number % 3}`, type: number % 4 === 0 ? "kernel.b" : "kernel.a" });
  }
}

/** The record with this number; the same number is the same record. */
function entryOf(number: number): { readonly id: string; readonly bytes: Uint8Array } {
  const resources = [{ kind: "pod", namespace: "n", name: `k${number % 3}` }];
  const { header, bytes } = sampleView(sampleEvent({ id: `e${number}`, resources, type: number % 4 === 0 ? "kernel.b" : "kernel.a" }));
  return { id: header.id, bytes };
}

/** After a crash, or an orderly end: nothing but what the store kept goes on. */
async function nextProcess(world: World, store: Store): Promise<void> {
  const wasAlive = world.journal.isAlive;
  await world.journal.kill();
  world.fates = [];
  for (const { model } of world.peers.values()) {
    model.ended();
    if (!wasAlive) model.fault();
  }
  await start(world, store);
}

async function take(world: World, store: Store, step: Step): Promise<void> {
  const { driver, runtime, journal } = world;
  switch (step.do) {
    case "append":
      return append(world, step);
    case "time":
      return driver.advance(step.seconds * 1000);
    case "behave": {
      const peer = world.peers.get(step.at);
      if (peer !== undefined) peer.behaviour = step.behaviour;
      return;
    }
    case "commits":
      world.fates = [...step.fates];
      return;
    case "crash":
      for (const { model } of world.peers.values()) model.fault();
      return nextProcess(world, store);
    case "restart":
      await driver.until(runtime.drain(step.limitMs));
      if (journal.isAlive) await journal.close();
      return nextProcess(world, store);
    case "pause":
    case "resume":
    case "drain":
      return steer(world, step);
    case "skip":
      await skip(world, step);
      return;
    case "replay":
      return replay(world, step);
    case "discard":
      return discard(world, step);
    case "reload":
      return reload(world, step);
    case "trim":
      await driver.until(runtime.pinned().then((sequence) => journal.trimTo(sequence)));
      for (const record of world.records.values()) record.isTrimmed = record.sequence < journal.bounds().first;
  }
}

async function append({ driver, runtime, journal, records }: World, { count, again }: Step & { do: "append" }): Promise<void> {
  if (runtime.pressure() !== undefined) return;
  const numbers = new Set([...records.values()].map(({ id }) => Number(id.slice(1))));
  const next = Math.max(0, ...numbers) + 1;
  const fresh = Array.from({ length: count }, (_, index) => entryOf(next + index));
  const repeated = [...numbers].slice(-again || numbers.size).map(entryOf);
  const results = await driver.until(journal.append([...repeated, ...fresh]));
  if (results === undefined) return;
  must(
    results.filter(({ duplicate }) => duplicate).length === repeated.length,
    "what was appended before is a duplicate, and nothing else",
  );
}

/** Everything works from here on, and every destination is there and goes: it must come to rest. */
async function comeToRest(world: World, store: Store): Promise<void> {
  world.fates = [];
  for (const peer of world.peers.values()) peer.behaviour = { kind: "works" };
  await reload(world, { without: undefined, variant: world.variant });
  if (!world.journal.isAlive) await nextProcess(world, store);
  for (const at of names) await steer(world, { do: "resume", at });
  const isAtRest = (): boolean =>
    world.runtime.status().every(({ lag, waiting, parked, state }) => lag === 0 && waiting + parked === 0 && state === "running");
  for (let second = 0; second < 400 && !isAtRest(); second += 1) {
    await world.driver.advance(1000);
    if (world.problem !== undefined) throw world.problem;
  }
  await world.driver.advance(1000);
  const left = world.runtime
    .status()
    .map(({ name, state, reason, cursor, lag, waiting, parked }) => ({ name, state, reason, cursor, lag, waiting, parked }));
  must(isAtRest(), `it comes to rest: ${JSON.stringify(left)}`);
  must(world.runtime.pressure() === undefined, "nothing is refused any more");
}
