import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "@tapio/journal";
import { openSqliteJournal } from "@tapio/journal-sqlite";
import { journalContractCases, type ContractCase } from "@tapio/testing";

export const cases: ContractCase[] = journalContractCases({
  async start(settings) {
    const folder = await mkdtemp(join(tmpdir(), "tapio-journal-"));
    let path = join(folder, "0");
    let journal = await openSqliteJournal({ ...settings, path });
    const journals: Journal[] = [journal];
    const open = async () => {
      journal = await openSqliteJournal({ ...settings, path });
      journals.push(journal);
      return journal;
    };
    return {
      journal,
      async reopen() {
        await journal.close();
        return open();
      },
      async crash() {
        const copy = join(folder, String(journals.length));
        await copyAsLeft(path, copy);
        path = copy;
        return open();
      },
      async dispose() {
        for (const one of journals) await one.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});

/** The file and its write-ahead log, as a killed process leaves them; the file first, since it only changes when much was written. */
async function copyAsLeft(from: string, to: string): Promise<void> {
  for (const name of ["journal.db", "journal.db-wal"]) await cp(join(from, name), join(to, name));
}
