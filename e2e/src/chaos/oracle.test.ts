import { describe, expect, it } from "vitest";
import type { ReceiverName } from "./chaos-plan.ts";
import { createDeliveryLog, type DeliveryLog } from "./delivery-log.ts";
import { expectedDestinations, type ExpectedDestination } from "./destinations.ts";
import type { JournalEntry } from "./journal-reader.ts";
import type { ListedDeadLetter } from "./operator-view.ts";
import { judge, type RoundFacts } from "./oracle.ts";
import { createSentLedger, type SentLedger } from "./sent-ledger.ts";

/** Three records of one key that the destinations `any` and `keyed` take; the third one is refused for good. */
const ids = ["a", "b", "c-poison"] as const;

interface Truth {
  readonly ledger: SentLedger;
  readonly journal: JournalEntry[];
  readonly followed: { sequence: number; id: string }[];
  readonly logs: Record<ReceiverName, DeliveryLog>;
  readonly dead: Record<ReceiverName, number>;
  readonly letters: Record<"any" | "keyed", Map<string, ListedDeadLetter>>;
  readonly explained: Map<string, Map<string, string>>;
  readonly counted: Map<string, number>;
  readonly dataByFingerprint: Map<string, string>;
}

function entry(id: string, sequence: number): JournalEntry {
  const common = { kind: "event", type: "x.y", severity: 2, message: id, key: "pod/chaos/pod-1/" } as const;
  return { ...common, id, sequence, bytesHash: `bytes of ${id}`, jsonHash: `json of ${id}` };
}

function letter(id: string): ListedDeadLetter {
  return { code: "record_invalid", attempts: 1, bytesHash: `bytes of ${id}` };
}

function explanation(state: string): Map<string, string> {
  return new Map([
    ["any", state],
    ["keyed", state],
    ["metrics", "DELIVERED"],
  ]);
}

/** A round in which all went well. */
function truth(): Truth {
  const ledger = createSentLedger();
  const logs = {
    any: createDeliveryLog("any"),
    keyed: createDeliveryLog("keyed"),
    picky: createDeliveryLog("picky"),
    traces: createDeliveryLog("traces"),
  };
  const dataByFingerprint = new Map<string, string>();
  for (const [index, id] of ids.entries()) {
    const record = { id, kind: "event", type: "x.y", severity: 2, isPoison: id.endsWith("-poison"), message: id } as const;
    ledger.sent(record, `bytes of ${id}`);
    ledger.acknowledged(id, "accepted", index + 1);
    dataByFingerprint.set(`body of ${id}`, `json of ${id}`);
    for (const log of [logs.any, logs.keyed]) deliver(log, id, record.isPoison ? "rejected" : "accepted");
  }
  const journal = ids.map((id, index) => entry(id, index + 1));
  const followed = journal.map(({ sequence, id }) => ({ sequence, id }));
  const counted = new Map([["event/x.y", 3]]);
  const dead = { any: 1, keyed: 1, picky: 0, traces: 0 };
  const letters = { any: new Map([["c-poison", letter("c-poison")]]), keyed: new Map([["c-poison", letter("c-poison")]]) };
  const explained = new Map(ids.map((id) => [id, explanation(id.endsWith("-poison") ? "DEAD" : "DELIVERED")]));
  return { ledger, journal, followed, logs, dead, letters, explained, counted, dataByFingerprint };
}

function deliver(log: DeliveryLog, id: string, outcome: "accepted" | "rejected", fingerprint = `body of ${id}`): void {
  log.arrived([{ id, fingerprint }], 1);
  log[outcome]([{ id, fingerprint }]);
}

const destinations: readonly ExpectedDestination[] = expectedDestinations
  .filter(({ name }) => name === "any" || name === "keyed")
  .map((destination) => ({ ...destination, isOrdered: destination.name === "keyed" }));

function rulesBroken(change: (truth: Truth) => void): readonly string[] {
  const changed = truth();
  change(changed);
  const { ledger, letters, logs } = changed;
  const delivered = { any: logs.any.notes(), keyed: logs.keyed.notes(), picky: logs.picky.notes(), traces: logs.traces.notes() };
  const operator = {
    deadLetters: new Map(Object.entries(letters)),
    explained: changed.explained,
    destinations: new Map(Object.entries(letters).map(([name, { size }]) => [name, { cursor: 3, unsettled: 0, dead: size }])),
  };
  const facts: RoundFacts = { ...changed, operator, sent: ledger.records, destinations, delivered };
  const found = [...judge(facts), ...ledger.violations, ...Object.values(logs).flatMap(({ violations }) => violations)];
  return found.map(({ rule, text }) => `${rule}: ${text}`);
}

describe("the oracle", () => {
  it("finds nothing when every promise was kept, redeliveries included", () => {
    expect(rulesBroken(() => undefined)).toEqual([]);
    expect(rulesBroken(({ logs }) => deliver(logs.any, "a", "accepted"))).toEqual([]);
  });

  it("takes a record whose call was never answered for one that may be there or not", () => {
    const unanswered = { id: "d", kind: "event", type: "x.y", severity: 2, isPoison: false, message: "d" } as const;
    expect(rulesBroken(({ ledger }) => ledger.sent(unanswered, "bytes of d"))).toEqual([]);
  });

  it.each<[string, (truth: Truth) => void, string]>([
    [
      "an acknowledged record is not in the journal",
      ({ ledger }) => {
        ledger.sent({ id: "d", kind: "event", type: "x.y", severity: 2, isPoison: false, message: "d" }, "bytes of d");
        ledger.acknowledged("d", "accepted", 4);
      },
      "lost: d was acknowledged and is not in the journal",
    ],
    [
      "the journal holds what was never sent",
      ({ journal, followed, counted }) => {
        journal.push(entry("z", 4));
        followed.push({ sequence: 4, id: "z" });
        counted.set("event/x.y", 4);
      },
      "invented: z is in the journal at 4 and was never sent",
    ],
    [
      "the journal holds other bytes than were sent",
      ({ journal }) => {
        journal[0] = { ...entry("a", 1), bytesHash: "others" };
      },
      "altered: a is in the journal at 1, but not as it was sent",
    ],
    ["an id is in the journal twice", ({ journal }) => void journal.push(entry("a", 9)), "doubled: a is in the journal at 1 and at 9"],
    ["an id was accepted twice", ({ ledger }) => ledger.acknowledged("a", "accepted", 1), "doubled: a was accepted twice"],
    ["a duplicate has another sequence", ({ ledger }) => ledger.acknowledged("a", "duplicate", 7), "doubled: a has the sequences 1 and 7"],
    [
      "a sequence is not the acknowledged one",
      ({ journal, followed }) => {
        journal[2] = entry("c-poison", 5);
        followed[2] = { sequence: 5, id: "c-poison" };
      },
      "doubled: c-poison was acknowledged at 3 and is in the journal at 5",
    ],
    ["the subscriber missed a record", ({ followed }) => void followed.splice(1, 1), "subscriber: its item 2 is 3 c-poison instead of 2 b"],
    [
      "the subscriber got one twice",
      ({ followed }) => void followed.push({ sequence: 3, id: "c-poison" }),
      "subscriber: its item 4 is 3 c-poison instead of nothing",
    ],
    ["a record was counted twice", ({ counted }) => void counted.set("event/x.y", 4), "counters: event/x.y: 4 instead of 3"],
    ["a record was not counted", ({ counted }) => void counted.delete("event/x.y"), "counters: event/x.y: 0 instead of 3"],
    ["something came that is in no journal", ({ logs }) => deliver(logs.any, "z", "accepted"), "invented: any: z came, and is not for it"],
    [
      "a body holds other data than the journal",
      ({ dataByFingerprint }) => void dataByFingerprint.set("body of b", "others"),
      "altered: any: b came with other data than the journal holds",
    ],
    [
      "an attempt is not what the first one was",
      ({ logs }) => deliver(logs.any, "a", "accepted", "another body"),
      "altered: any: attempt 2 of a is not what the first one was",
    ],
    [
      "a record was given up and is no dead letter",
      ({ letters }) => void letters.any.clear(),
      "lost: any: 1 were neither delivered nor are dead letters: c-poison",
    ],
    [
      "a record was given up that could be delivered",
      ({ letters }) => void letters.any.set("b", letter("b")),
      "dead: any: b was given up (record_invalid), though it could be delivered",
    ],
    [
      "a record was given up without an attempt",
      ({ letters }) => void letters.any.set("c-poison", { ...letter("c-poison"), attempts: 0 }),
      "dead: any: c-poison was given up without an attempt (record_invalid)",
    ],
    [
      "a dead letter holds another record",
      ({ letters }) => void letters.any.set("c-poison", { ...letter("c-poison"), bytesHash: "others" }),
      "altered: any: the dead letter c-poison is not what the journal holds",
    ],
    [
      "a dead letter is of no record",
      ({ letters }) => void letters.any.set("z", letter("z")),
      "invented: any: the dead letter z is not for it",
    ],
    [
      "/metrics shows other dead letters than are listed",
      ({ dead }) => void (dead.any = 2),
      "dead: any: 1 dead letters are listed, the destination shows 1, /metrics 2",
    ],
    [
      "explain says otherwise",
      ({ explained }) => void explained.get("a")?.set("any", "PENDING"),
      "explain: any: a is DELIVERED, and explain says PENDING",
    ],
    ["explain knows nothing", ({ explained }) => void explained.delete("a"), "explain: metrics: a is DELIVERED, and explain says nothing"],
  ])("notices when %s", (_, change, expected) => {
    expect(rulesBroken(change)).toContain(expected);
  });

  it("notices when a record was never delivered and did not have to die", () => {
    const found = rulesBroken(({ ledger, journal, followed, counted }) => {
      ledger.sent({ id: "d", kind: "event", type: "x.y", severity: 2, isPoison: false, message: "d" }, "bytes of d");
      ledger.acknowledged("d", "accepted", 4);
      journal.push(entry("d", 4));
      followed.push({ sequence: 4, id: "d" });
      counted.set("event/x.y", 4);
    });
    expect(found).toContain("lost: any: 1 were neither delivered nor are dead letters: d");
    expect(found).toContain("lost: keyed: 1 were neither delivered nor are dead letters: d");
  });

  it.each([
    [true, ["resent: any: a came again in life 2, although it had been answered"]],
    [false, []],
  ])("notices when something is sent again that was answered, where nobody was killed: %s", (exactlyOnce, expected) => {
    const log = createDeliveryLog("any", exactlyOnce);
    const delivery = [{ id: "a", fingerprint: "body of a" }];
    log.arrived(delivery, 1);
    log.arrived(delivery, 1);
    log.answered(delivery);
    log.arrived(delivery, 2);
    expect(log.violations.map(({ rule, text }) => `${rule}: ${text}`)).toEqual(expected);
  });

  it("notices an attempt of a destination that is paused", () => {
    const log = createDeliveryLog("any");
    log.silence(true);
    log.arrived([{ id: "a", fingerprint: "" }], 2);
    log.silence(false);
    log.arrived([{ id: "b", fingerprint: "" }], 2);
    expect(log.violations).toEqual([{ rule: "paused", text: "any: a came in life 2, though it was paused in a life before" }]);
  });
});
