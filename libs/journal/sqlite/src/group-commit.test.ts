import { JournalError } from "@tapio/journal";
import { describe, expect, it } from "vitest";
import { createGroupCommit, type GroupCommitOptions } from "./group-commit.ts";
import type { WriteReply, WriteRequest } from "./messages.ts";

/** A writer that answers when told, and what it was sent. */
function heldWriter(change: Partial<GroupCommitOptions> = {}) {
  const sent: { request: WriteRequest; answer: (reply: WriteReply | Error) => void }[] = [];
  const failed: JournalError[] = [];
  const commits = createGroupCommit({
    write(request) {
      const { promise, resolve, reject } = Promise.withResolvers<WriteReply>();
      sent.push({ request, answer: (reply) => (reply instanceof Error ? reject(reply) : resolve(reply)) });
      return promise;
    },
    groupRecordsMax: 10,
    groupBytesMax: 100,
    lingerMs: 0,
    clock: { now: () => 5 },
    onCommitted: () => undefined,
    onRefused: () => undefined,
    onFailed: (error) => failed.push(error),
    ...change,
  });
  return { commits, sent, failed };
}

const group = (count: number, size = 1) => Array.from({ length: count }, (_, n) => ({ id: `r${n}`, bytes: new Uint8Array(size) }));
const reply = (firstSequence: number, actions: WriteReply["actions"] = []): WriteReply => ({
  head: 0,
  trimmedTo: 0,
  firstSequence,
  actions,
  ...{ added: 0, bodyBytes: 0, appendedAtMs: 5 },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("grouping", () => {
  it("puts everything of one turn into one request, and what comes while two are under way into the next", async () => {
    const { commits, sent } = heldWriter();
    const first = [
      commits.append(group(2)),
      commits.append(group(3)),
      commits.act({ kind: "open", destination: "d", destinationKind: "k" }),
    ];
    await turn();
    const second = commits.append(group(1));
    await turn();
    const rest = [commits.append(group(4)), commits.append(group(2))];
    await turn();
    expect(sent.map((one) => [one.request.group?.count, one.request.actions.length])).toEqual([
      [5, 1],
      [1, 0],
    ]);
    expect(sent[0]?.request.group?.appendedAtMs).toBe(5);
    sent[0]?.answer(reply(10, [{ kind: "committed" }]));
    expect(await Promise.all(first)).toEqual([
      [10, 11].map((sequence) => ({ sequence, duplicate: false })),
      [12, 13, 14].map((sequence) => ({ sequence, duplicate: false })),
      { kind: "committed" },
    ]);
    await turn();
    expect(sent.map((one) => one.request.group?.count)).toEqual([5, 1, 6]);
    sent[1]?.answer(reply(20));
    sent[2]?.answer(reply(30));
    expect((await second)[0]?.sequence).toBe(20);
    expect((await Promise.all(rest)).flat().map((one) => one.sequence)).toEqual([30, 31, 32, 33, 34, 35]);
  });

  it("starts another group at the bound of records and at that of bytes, and never cuts an append", async () => {
    const { commits, sent } = heldWriter();
    const done = [
      commits.append(group(6)),
      commits.append(group(6)),
      commits.append(group(1, 94)),
      commits.append(group(50)),
      commits.append(group(1, 500)),
    ];
    for (let n = 0; n < 5; n++) {
      await turn();
      sent[n]?.answer(reply(1));
    }
    await Promise.all(done);
    expect(sent.map((one) => one.request.group?.count)).toEqual([6, 7, 50, 1]);
  });

  it("waits for company when it is told to linger", async () => {
    const { commits, sent } = heldWriter({ lingerMs: 20 });
    const first = commits.append(group(1));
    await turn();
    expect(sent).toHaveLength(0);
    const second = commits.append(group(1));
    await expect.poll(() => sent.length).toBe(1);
    expect(sent[0]?.request.group?.count).toBe(2);
    sent[0]?.answer(reply(1));
    await Promise.all([first, second]);
  });

  it("is drained when everything is answered, also by an error", async () => {
    const { commits, sent } = heldWriter();
    await commits.drained();
    const append = commits.append(group(1));
    let drained = false;
    const waiting = commits.drained().then(() => (drained = true));
    await turn();
    expect(drained).toBe(false);
    sent[0]?.answer(new JournalError("full", "no room"));
    await expect(append).rejects.toMatchObject({ code: "full" });
    await waiting;
  });
});

describe("failures", () => {
  it("full refuses one group and leaves the next alone", async () => {
    const { commits, sent, failed } = heldWriter();
    const refused = commits.append(group(1));
    await turn();
    sent[0]?.answer(new JournalError("full", "no room"));
    await expect(refused).rejects.toMatchObject({ code: "full", message: "no room" });
    const taken = commits.append(group(1));
    await turn();
    sent[1]?.answer(reply(7));
    expect(await taken).toEqual([{ sequence: 7, duplicate: false }]);
    expect(failed).toEqual([]);
  });

  it("JRN-33: after io nothing is sent or acknowledged any more", async () => {
    const { commits, sent, failed } = heldWriter();
    const first = commits.append(group(1));
    await turn();
    const second = commits.act({ kind: "trim", sequence: 1 });
    await turn();
    const queued = commits.append(group(1));
    sent[0]?.answer(new JournalError("io", "disk"));
    sent[1]?.answer(new JournalError("io", "disk too"));
    await expect(first).rejects.toMatchObject({ code: "io", message: "disk" });
    await expect(second).rejects.toMatchObject({ code: "io" });
    await expect(queued).rejects.toThrow("nothing is written until the journal is opened anew, because of: disk");
    await expect(commits.append(group(1))).rejects.toMatchObject({ code: "io" });
    await expect(commits.act({ kind: "open", destination: "d", destinationKind: "k" })).rejects.toMatchObject({ code: "io" });
    expect(sent).toHaveLength(2);
    expect(failed).toHaveLength(1);
    await commits.drained();
  });

  it("what is no JournalError, and an answer that lacks results, count as io", async () => {
    const { commits, sent } = heldWriter();
    const short = commits.act({ kind: "open", destination: "d", destinationKind: "k" });
    await turn();
    sent[0]?.answer(reply(0, []));
    await expect(short).rejects.toMatchObject({ code: "io", message: "the writer gave no answer" });
    const odd = commits.append(group(1));
    await turn();
    sent[1]?.answer(new TypeError("odd"));
    await expect(odd).rejects.toMatchObject({ code: "io" });
  });
});
