import type { DeliveryRow, DestinationChange } from "@tapio/journal";
import { sampleEvent, sampleView } from "@tapio/testing";
import { closedBreaker, findingOf, permit, type Breaker } from "../src/breaker.ts";
import type { Attempt, FetchedRow, MachineEffect, MachineEvent } from "../src/machine/events.ts";
import { handle, isFinished } from "../src/machine/handle.ts";
import type { HeldRow } from "../src/machine/delivery.ts";
import { addRow, createMachineState, isDirty, type MachineState } from "../src/machine/machine-state.ts";
import type { ReadRecord } from "../src/record-reader.ts";
import { brief, outcomeOf, type Answer, type NewRecord, type Step, type WorldConfig } from "./machine-steps.ts";
import { createDeliveryModel, must, type ModelRecord } from "./machine-model.ts";

interface Asked {
  read: number | undefined;
  commit: DestinationChange | undefined;
  fetches: (readonly HeldRow[])[];
  attempts: Attempt[];
}

const views = new Map<string, ReturnType<typeof sampleView>>();
/** Sizes differ, so that the bound on bytes is met now and then. */
function viewOf(sequence: number) {
  const id = `e${sequence}`;
  const found = views.get(id) ?? sampleView(sampleEvent({ id, message: "x".repeat((sequence * 37) % 200) }));
  views.set(id, found);
  return found;
}

/** One machine, the shell around it, and the model that watches both. */
export function createWorld(config: WorldConfig, trace: (line: string) => void = () => undefined) {
  const records = new Map<number, ModelRecord>();
  const model = createDeliveryModel(config, records, 0);
  let nowMs = 1_000_000_000;
  let head = 0;
  let machine = boot();
  let asked = nothing();
  /** Records that began, by the time that passed: what a clock that is set back takes away does not count. */
  const begun: { atMs: number; records: number }[] = [];
  let passedMs = 0;
  /** Failed to be written, as far as anyone knows. */
  let retried: DestinationChange | undefined;
  /** The breaker, as the effects tell. */
  let receiver: Breaker = closedBreaker;

  function nothing(): Asked {
    return { read: undefined, commit: undefined, fetches: [], attempts: [] };
  }

  function boot(): MachineState {
    const { rows, cursor } = model.durable;
    const state = createMachineState({
      ...{ ...config, name: "d", configHash: "h", cursor, random: () => 0.5 },
      above: new Set([...rows.keys()].filter((sequence) => sequence > cursor)),
      judge({ sequence }) {
        const record = records.get(sequence);
        if (record?.isReadable !== true) return { kind: "unreadable", problem: "scrambled" };
        return record.isWanted ? { kind: "take", key: config.isOrdered ? record.key : undefined } : { kind: "skip", reason: "not wanted" };
      },
    });
    for (const { sequence, key, state: rowState, dueAtMs } of rows.values())
      if (rowState !== "dead") addRow(state, { sequence, key, state: rowState, dueAtMs });
    return state;
  }

  function send(event: MachineEvent): void {
    const before = { isHalted: machine.isHalted, isHeld: machine.isHeld, breaker: machine.breaker };
    const effects = handle(machine, event, nowMs);
    trace(`${nowMs} ${brief(event)} -> ${effects.map(brief).join(", ")}`);
    for (const effect of effects) take(effect, before);
    check();
  }

  function take(effect: MachineEffect, before: { isHalted: boolean; isHeld: boolean }): void {
    switch (effect.kind) {
      case "read":
        must(asked.read === undefined, "one read at a time");
        must(effect.after >= model.durable.cursor, "it reads on from the cursor or above");
        asked.read = effect.after;
        return;
      case "fetch":
        must(effect.rows.length > 0, "a fetch is of something");
        asked.fetches.push(effect.rows);
        return;
      case "commit":
        must(asked.commit === undefined, "one commit at a time");
        // A change whose fate is unknown is tried again as it was: it may be durable already.
        if (retried === undefined) model.mayCommit(effect.change);
        else must(effect.change === retried, "what failed to be written is tried again as it was");
        asked.commit = effect.change;
        return;
      case "attempt": {
        const { state } = receiver;
        const isAllowed = effect.attempt.entry === "probe" ? state === "half_open" : state === "closed" || state === "recovering";
        must(isAllowed, `an attempt begins ("${effect.attempt.entry}") while the breaker is ${state}`);
        must(!machine.isHalted && !machine.isHeld && !before.isHalted, "no attempts while halted or held");
        begins(effect.attempt);
        return;
      }
      case "breaker":
        receiver = effect.to;
        return;
      case "partial":
      case "disable":
      case "drained":
    }
  }

  function begins(attempt: Attempt): void {
    model.begins(attempt);
    asked.attempts.push(attempt);
    const { maxRecordsPerSecond: perSecond, maxInFlightRecords } = config.window;
    begun.push({ atMs: passedMs, records: attempt.deliveries.length });
    const lately = begun.filter(({ atMs }) => passedMs - atMs < 1000).reduce((sum, one) => sum + one.records, 0);
    must(lately <= 2 * Math.max(1, perSecond), `${lately} records began within a second`);
    for (const { place } of attempt.deliveries) {
      const open = place === undefined ? 0 : machine.slots.spanOf(place);
      must(open < 4 * maxInFlightRecords, `an attempt is ${open} taken records above the cursor`);
    }
  }

  /** What must be true at every moment. */
  function check(): void {
    const rows = new Map(model.durable.rows);
    for (const sequence of machine.commit?.change.remove ?? []) rows.delete(sequence);
    for (const row of machine.commit?.change.put ?? []) rows.set(row.sequence, row);
    for (const [sequence, row] of machine.staged) {
      if (row === "remove") rows.delete(sequence);
      else rows.set(sequence, row);
    }
    for (const sequence of machine.settledAbove.keys()) rows.delete(sequence);
    const counted = [...rows.values()].map(({ state }) => state);
    const count = (state: DeliveryRow["state"]) => counted.filter((one) => one === state).length;
    must(machine.held.waiting === count("waiting"), `${machine.held.waiting} rows wait, and there are ${count("waiting")}`);
    must(machine.held.parked === count("parked"), `${machine.held.parked} rows are parked, and there are ${count("parked")}`);
    must(machine.inFlightRecords === model.inFlight.length, "what is in flight is counted");
    must(machine.slots.cursor >= machine.committedCursor, "the cursor in memory is not behind the durable one");
    const isQuiet = asked.commit === undefined && asked.fetches.length === 0 && asked.attempts.length === 0;
    if (!isQuiet || machine.isHalted || machine.isHeld) return;
    const hasWork = machine.fresh.length + machine.ready.length + machine.held.waiting + machine.held.parked > 0 || isDirty(machine);
    const isReading = asked.read !== undefined && head > asked.read;
    must(!hasWork || isReading || machine.wakeAtMs !== undefined, "there is work, and nothing will ever happen");
    must(machine.wakeAtMs === undefined || machine.wakeAtMs > nowMs, "it does not wake itself at once, for ever");
    const isBehind = machine.slots.position < head && machine.drainTo === undefined && permit(machine.breaker, nowMs).kind !== "wait";
    must(!isBehind || asked.read !== undefined || hasWork, "there are records, and nobody reads them");
  }

  function answer(attempt: Attempt, answers: readonly Answer[]): void {
    const outcomes = attempt.deliveries.map((_, index) => outcomeOf(answers[index % answers.length] ?? "delivered"));
    asked.attempts = asked.attempts.filter((one) => one !== attempt);
    model.ends(attempt, outcomes, attempt.entry === "probe" && findingOf(outcomes).kind === "fails");
    send({ kind: "attempted", attempt, outcomes });
  }

  function commit(result: (Step & { do: "commit" })["result"]): void {
    const change = asked.commit;
    if (change === undefined) return;
    asked.commit = undefined;
    if (result === "ok" || result === "written") model.apply(change);
    retried = result === "ok" || result === "lost" ? undefined : change;
    send({ kind: result === "ok" ? "committed" : result === "lost" ? "log_lost" : "commit_failed" });
  }
  function fetched(rows: readonly HeldRow[], ok: boolean): void {
    asked.fetches = asked.fetches.filter((one) => one !== rows);
    if (!ok) return send({ kind: "fetch_failed", rows });
    const found = rows.map((held): FetchedRow => {
      const row = model.durable.rows.get(held.sequence);
      must(
        row !== undefined && row.state === held.state,
        `the ${held.state} row of sequence ${held.sequence} is in the journal when it is fetched`,
      );
      return { held, row, view: viewOf(held.sequence) };
    });
    send({ kind: "fetched", rows: found });
  }

  function read(count: number): void {
    const after = asked.read;
    const found = [...records.values()].filter(({ sequence }) => sequence > (after ?? 0)).slice(0, count);
    if (after === undefined || found.length === 0) return;
    asked.read = undefined;
    send({
      kind: "read",
      records: found.map(({ sequence, isReadable }): ReadRecord => {
        const at = { sequence, appendedAtMs: nowMs };
        return isReadable ? { ...at, view: viewOf(sequence) } : { ...at, bytes: new Uint8Array([1]), problem: "scrambled" };
      }),
    });
  }

  function stopAndStart(step: Step & { do: "restart" }): void {
    if (!machine.isHalted) send({ kind: "halt" });
    for (const attempt of [...asked.attempts]) answer(attempt, [step.cutOff ? "canceled" : "delivered"]);
    send({ kind: "finish" });
    for (let turn = 0; turn < 5 && asked.commit !== undefined; turn += 1) commit(step.isWritten ? "ok" : "failed");
    must(isFinished(machine), "what is settled is written, or cannot be");
    if (step.isWritten && !machine.isEnded) {
      must(!isDirty(machine), "nothing is left to be written");
      model.stopped(machine.slots.position);
    }
    start();
  }

  function start(): void {
    model.crash();
    asked = nothing();
    retried = undefined;
    begun.length = 0;
    receiver = closedBreaker;
    machine = boot();
    send({ kind: "tick" });
  }

  function replay(which: number): void {
    const dead = [...model.durable.rows.values()].filter(
      ({ state, sequence }) => state === "dead" && records.get(sequence)?.isReadable === true,
    );
    const row = dead[which % Math.max(1, dead.length)];
    if (row === undefined || machine.commit !== undefined) return;
    const waiting: DeliveryRow = { ...row, state: "waiting", attempts: 0, dueAtMs: nowMs };
    model.replay(waiting);
    send({ kind: "rows_added", rows: [waiting] });
  }

  function wake(): void {
    if (machine.wakeAtMs === undefined) return;
    passTime(Math.max(0, machine.wakeAtMs - nowMs));
  }
  function passTime(ms: number): void {
    nowMs += ms;
    passedMs += Math.max(0, ms);
    send({ kind: "tick" });
  }

  function append(added: readonly NewRecord[]): void {
    for (const { gap, ...record } of added) {
      head += 1 + gap;
      records.set(head, { ...record, sequence: head });
    }
  }

  function step(next: Step): void {
    switch (next.do) {
      case "append":
        return append(next.records);
      case "read":
        return read(next.count);
      case "attempted": {
        const attempt = asked.attempts[next.which % Math.max(1, asked.attempts.length)];
        return attempt === undefined ? undefined : answer(attempt, next.answers);
      }
      case "fetched": {
        const rows = asked.fetches[next.which % Math.max(1, asked.fetches.length)];
        return rows === undefined ? undefined : fetched(rows, next.ok);
      }
      case "commit":
        return commit(next.result);
      case "time":
        return passTime(next.ms);
      case "wake":
        return wake();
      case "hold":
        return send({ kind: "hold", isHeld: next.isHeld });
      case "drain":
        return head === 0 ? undefined : send({ kind: "drain_to", sequence: head });
      case "halt":
        return send({ kind: "halt" });
      case "restart":
        return stopAndStart(next);
      case "crash":
        return start();
      case "replay":
        return replay(next.which);
    }
  }

  /** From here on everything works: it must come to rest, and soon. */
  function comeToRest(): void {
    if (machine.isHalted || machine.isHeld) stopAndStart({ do: "restart", cutOff: true, isWritten: true });
    const startedMs = passedMs;
    for (let turn = 0; turn < 5000; turn += 1) {
      const { attempts, fetches } = asked;
      const canRead = asked.read !== undefined && head > asked.read;
      if (asked.commit !== undefined) commit("ok");
      else if (attempts[0] !== undefined) answer(attempts[0], ["delivered"]);
      else if (fetches[0] !== undefined) fetched(fetches[0], true);
      else if (canRead) read(7);
      else if (machine.isHalted) stopAndStart({ do: "restart", cutOff: true, isWritten: true });
      else if (machine.wakeAtMs === undefined) return model.atRest([...records.keys()].at(-1) ?? 0);
      else wake();
    }
    throw new Error(`it never comes to rest, ${passedMs - startedMs} ms later`);
  }

  send({ kind: "tick" });
  return { step, comeToRest };
}
