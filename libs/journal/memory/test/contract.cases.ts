import { createMemoryJournal, type MemoryJournal } from "@tapio/journal-memory";
import { journalContractCases, type ContractCase } from "@tapio/testing";

export const cases: ContractCase[] = journalContractCases({
  async start(settings) {
    const journals: MemoryJournal[] = [createMemoryJournal(settings)];
    const restart = async () => {
      const journal = createMemoryJournal({ ...settings, restored: last().snapshot() });
      journals.push(journal);
      return journal;
    };
    const last = (): MemoryJournal => {
      const journal = journals.at(-1);
      if (journal === undefined) throw new Error("no journal");
      return journal;
    };
    return {
      journal: last(),
      async reopen() {
        await last().close();
        return restart();
      },
      crash: restart,
      async dispose() {
        for (const journal of journals) await journal.close();
      },
    };
  },
});
