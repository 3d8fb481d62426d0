import { existsSync } from "node:fs";
import { cp, mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream } from "@bufbuild/protobuf/wire";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { SequencedRecordSchema } from "@tapio/contracts/subscribe/v1/subscribe";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventRecord } from "../test/api-double.ts";
import { nowMs, tapioctl, type Ran } from "./testdata/tapioctl.ts";

let scratch = "";
let data = "";

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "tapioctl-"));
  data = join(scratch, "data");
});
afterEach(() => rm(scratch, { recursive: true }));

const journal = (command: string, ...args: string[]): Promise<Ran> => tapioctl(["journal", command, "--data", data, ...args]);

/** Five records in groups of their own, one dead letter. */
async function makeJournal(): Promise<void> {
  await using kept = await openKept();
  for (const id of ["a", "b", "c", "d", "e"]) {
    const bytes = toBinary(RecordSchema, eventRecord({ id, message: `marker-${id}-${"x".repeat(2_000)}` }));
    await kept.journal.append([{ id, bytes }]);
  }
  const log = await kept.journal.open("oncall", "webhooks");
  const row = {
    sequence: 2,
    state: "dead",
    recordId: "b",
    attempts: 1,
    firstAttemptAtMs: 1,
    dueAtMs: 1,
    code: "timeout",
    message: "m",
  } as const;
  await log.commit({ cursor: 5, put: [row] });
}

async function openKept(path = data) {
  const opened = await openSqliteJournal({ path, clock: { now: () => nowMs } });
  return { journal: opened, [Symbol.asyncDispose]: () => opened.close() };
}

/** Changes one byte of a record in the file, in what SQLite has left lying about of it, too. */
async function damage(id: string): Promise<void> {
  const [file = ""] = (await readdir(data)).filter((name) => name.endsWith(".db"));
  const bytes = await readFile(join(data, file));
  const handle = await open(join(data, file), "r+");
  const marker = `marker-${id}-`;
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) await handle.write(Buffer.from("M"), 0, 1, at);
  await handle.close();
}

describe("tapioctl journal check", () => {
  it("OPS-32: finds a whole journal whole, and says what it holds", async () => {
    await makeJournal();
    const ran = await journal("check");
    expect([ran.code, ran.out.replace(/format \d+, [\d.]+ KiB/, "format F, S").split("\n")]).toEqual([
      0,
      [
        `journal  ${data}, format F, S`,
        "records  5, sequences 1 to 5, 12.0 KiB",
        "",
        "DESTINATION  INTEGRATION  CURSOR  WAITING  PARKED  DEAD",
        "oncall       webhooks          5        0       0     1",
        "",
        "no problems",
        "",
      ],
    ]);
    expect(JSON.parse((await journal("check", "--json")).out)).toMatchObject({ isWhole: true, problems: [], records: 5, head: 5 });
  });

  it("also while a gateway runs on it", async () => {
    await makeJournal();
    await using kept = await openKept();
    expect(kept.journal.bounds().head).toBe(5);
    expect((await journal("check")).code).toBe(0);
  });

  it("OPS-32: names what is damaged, exits with 1, and says what to do", async () => {
    await makeJournal();
    await damage("c");
    const ran = await journal("check");
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("records  4, sequences 1 to 5");
    expect(ran.out).toContain("lost     3\n");
    expect(ran.err).toMatch(/^records: the records 3 to 3 cannot be read: .+$/m);
    expect(ran.err).toMatch(/1 problem in .*\. Stop the gateway, then: tapioctl journal repair --data .* --to NEW-FOLDER\n$/);
    const asJson = await journal("check", "--json");
    expect([asJson.code, JSON.parse(asJson.out)]).toMatchObject([1, { isWhole: false, lost: [{ from: 3, to: 3 }] }]);
  });

  it("names a record that is whole and none", async () => {
    {
      await using kept = await openKept();
      await kept.journal.append([{ id: "z", bytes: new Uint8Array([0xff]) }]);
    }
    const ran = await journal("check");
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("records: record 1 cannot be read as a record\n") as string]);
  });

  it("exits with 3 where there is no journal, and takes the folder from TAPIO_DATA", async () => {
    const ran = await journal("check");
    expect([ran.code, ran.err]).toEqual([
      3,
      expect.stringMatching(/^read .*: the folder holds no .*; name a journal's folder \(version\)\n$/) as string,
    ]);
    await makeJournal();
    expect((await tapioctl(["journal", "check"], { env: { TAPIO_DATA: data } })).code).toBe(0);
  });

  it("ends when the user asks it to", async () => {
    await makeJournal();
    const ran = await tapioctl(["journal", "check", "--data", data], { interrupted: AbortSignal.abort() });
    expect([ran.code, ran.err]).toEqual([3, "interrupted\n"]);
  });
});

describe("tapioctl journal backup", () => {
  it("OPS-31: copies a journal that a gateway appends to, and the copy can be started on", async () => {
    await makeJournal();
    const to = join(scratch, "backup");
    await using kept = await openKept();
    const ran = await journal("backup", "--to", to);
    await kept.journal.append([{ id: "later", bytes: toBinary(RecordSchema, eventRecord({ id: "later" })) }]);
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/records {2}5, .*\n\nthe copy is whole, and on the disk\n$/s) as string]);
    await using restored = await openKept(to);
    expect(restored.journal.bounds()).toEqual({ first: 1, head: 5 });
    const log = await restored.journal.open("oncall", "webhooks");
    expect([log.cursor, await log.counts()]).toEqual([5, { waiting: 0, parked: 0, dead: 1 }]);
  });

  it("OPS-31: goes into no folder that holds something, and does not pass a damaged journal for whole", async () => {
    await makeJournal();
    const full = await journal("backup", "--to", data);
    expect([full.code, full.err]).toEqual([
      3,
      expect.stringMatching(/the folder holds .*; name a new or an empty one \(version\)\n$/) as string,
    ]);
    await damage("c");
    const ran = await journal("backup", "--to", join(scratch, "b"));
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/the copy has \d+ problems.* \(corrupt\)\n$/s) as string]);
  });

  it("says which folder is not complete when the user breaks it off", async () => {
    await makeJournal();
    const to = join(scratch, "b");
    const ran = await tapioctl(["journal", "backup", "--data", data, "--to", to], { interrupted: AbortSignal.abort() });
    expect([ran.code, ran.err]).toEqual([3, `interrupted: ${to} is not complete; remove it\n`]);
  });
});

describe("tapioctl journal repair", () => {
  it("OPS-30, OPS-33: saves everything but what is damaged, leaves the original as it was, and exits with 1 when something is lost", async () => {
    await makeJournal();
    await damage("c");
    await cp(data, join(scratch, "before"), { recursive: true });
    const to = join(scratch, "repaired");
    const ran = await journal("repair", "--to", to);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("1 record is lost: sequence 3\n") as string]);
    expect(ran.out).toContain(`${data} is as it was. To go on with the copy: start the gateway with TAPIO_DATA=${to}`);
    for (const name of await readdir(join(scratch, "before")))
      expect([name, (await readFile(join(scratch, "before", name))).equals(await readFile(join(data, name)))]).toEqual([name, true]);
    expect((await tapioctl(["journal", "check", "--data", to])).code).toBe(0);
    await using repaired = await openKept(to);
    expect((await repaired.journal.read(0, { records: 10, bytes: 1e6 })).map(({ sequence }) => sequence)).toEqual([1, 2, 4, 5]);
  });

  it("OPS-33: of a whole journal exits with 0", async () => {
    await makeJournal();
    const ran = await journal("repair", "--to", join(scratch, "r"), "--json");
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([0, { repaired: { records: 5, lost: [] }, losses: [] }]);
  });
});

describe("tapioctl journal export", () => {
  it("OPS-34: writes one JSON object per record, which send takes again", async () => {
    await makeJournal();
    const ran = await journal("export");
    const lines = ran.out.trim().split("\n");
    expect([ran.code, ran.err, lines.length]).toEqual([0, "exported 5 records\n", 5]);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ sequence: 1, acceptedTime: "2026-11-01T12:00:00Z", record: { event: { id: "a" } } });
    const sent = await tapioctl(["send", "-"], { files: { "-": ran.out } });
    expect(sent.published.map(({ kind }) => kind.value?.id)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("writes a range as delimited protobuf to a file", async () => {
    await makeJournal();
    const ran = await journal("export", "--after", "1", "--until", "3", "--format", "binary", "--output", "f");
    expect([ran.code, ran.out, ran.err]).toEqual([0, "", "exported 2 records\n"]);
    const ids: unknown[] = [];
    const stream = (async function* () {
      yield new Uint8Array(ran.written("f"));
    })();
    for await (const { sequence, record } of sizeDelimitedDecodeStream(SequencedRecordSchema, stream))
      ids.push([sequence, record?.kind.value?.id]);
    expect(ids).toEqual([
      [2n, "b"],
      [3n, "c"],
    ]);
  });

  it("OPS-34: stops at what is damaged, or leaves it out and says so", async () => {
    await makeJournal();
    await damage("c");
    const stopped = await journal("export");
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringMatching(/\(corrupt\)\n$/) as string]);
    const ran = await journal("export", "--skip-damaged");
    expect([ran.code, ran.out.trim().split("\n").length]).toEqual([1, 4]);
    expect(ran.err).toMatch(/^left out 3: .*\nexported 4 records, left out 1\n$/s);
  });

  it("treats a record that cannot be read as one like damage, but writes its bytes as they are", async () => {
    {
      await using kept = await openKept();
      await kept.journal.append([{ id: "z", bytes: new Uint8Array([0xff]) }]);
    }
    const stopped = await journal("export");
    expect([stopped.code, stopped.err]).toEqual([
      1,
      expect.stringMatching(/^record 1 cannot be read as a record: .* \(corrupt\)\n$/s) as string,
    ]);
    expect((await journal("export", "--skip-damaged")).err).toMatch(/exported 0 records, left out 1\n$/);
    expect((await journal("export", "--format", "binary", "--output", "f")).written("f").at(-1)).toBe(0xff);
  });

  it("makes no file where there is no journal, and none of an unknown format", async () => {
    const file = join(scratch, "out");
    expect((await journal("export", "--output", file)).code).toBe(3);
    expect(existsSync(file)).toBe(false);
    const ran = await journal("export", "--format", "xml");
    expect([ran.code, ran.err]).toEqual([2, '--format: "xml" is none of json, binary\n']);
  });

  it("ends when the user asks it to", async () => {
    await makeJournal();
    const args = ["journal", "export", "--data", data, "--output", "f"];
    expect((await tapioctl(args, { interrupted: AbortSignal.abort() })).err).toBe("interrupted: f is not complete; remove it\n");
  });
});
