import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "@tapio/journal";
import { journalContractCases } from "@tapio/testing";
import { describe, it } from "vitest";
import { copyAsLeft, openInThread } from "./in-thread.ts";

// The same suite as in contract.test.ts, where coverage sees the threads' code too, and without a tail: every read is the reader's.
const cases = journalContractCases({
  async start(settings) {
    const folder = await mkdtemp(join(tmpdir(), "tapio-journal-"));
    const journals: Journal[] = [];
    let path = "";
    const open = async () => {
      const journal = await openInThread({ ...settings, path, tailBytesMax: 0 });
      journals.push(journal);
      return journal;
    };
    const place = async (name: string) => {
      path = join(folder, name);
      await mkdir(path);
    };
    await place("first");
    return {
      journal: await open(),
      async reopen() {
        await journals.at(-1)?.close();
        return open();
      },
      async crash() {
        const left = path;
        await place(String(journals.length));
        await copyAsLeft(left, path);
        return open();
      },
      async dispose() {
        for (const journal of journals) await journal.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});

describe("the contract, in one thread", () => {
  for (const contractCase of cases) it(contractCase.name, contractCase.run);
});
