import { setImmediate as nextTurn } from "node:timers/promises";
import { JournalError, type JournalRecord, type SequenceRange } from "@tapio/journal";
import { createGroupQueries } from "../group-queries.ts";
import { unpackRecords } from "../stored-group.ts";
import { storedPosition } from "../stored-position.ts";
import { openInspected } from "./inspected-file.ts";

export interface ExportOptions {
  /** Records above this sequence; default 0. */
  readonly after?: number | undefined;
  /** Records up to this one, itself included; default: all that are there when the export begins. */
  readonly until?: number | undefined;
  /** Told of records that cannot be read, which are then passed over; without it the export fails there. */
  readonly onDamaged?: ((range: SequenceRange, error: JournalError) => void) | undefined;
}

const PAGE = { records: 1000, bytes: 4 * 1024 * 1024 };

/**
 * The kept records in their order; works while a gateway runs, without holding it up: each page is a transaction of its own.
 * @throws JournalError when the file is no journal, and where a record cannot be read, without `onDamaged`.
 */
export async function* exportRecords(path: string, options: ExportOptions = {}): AsyncGenerator<JournalRecord, void> {
  const db = openInspected(path);
  try {
    const { read } = createGroupQueries(db);
    const { trimmedTo, head } = storedPosition(db);
    const until = Math.min(options.until ?? head, head);
    let after = Math.max(options.after ?? 0, trimmedTo);
    while (after < until) {
      const page = readPage(() => unpackRecords(read(after, PAGE, head)), options.onDamaged);
      after = "damaged" in page ? page.damaged.to : (page.records.at(-1)?.sequence ?? until);
      for (const record of "records" in page ? page.records : []) {
        if (record.sequence > until) return;
        yield record;
      }
      await nextTurn();
    }
  } finally {
    db.close();
  }
}

type Page = { readonly records: readonly JournalRecord[] } | { readonly damaged: SequenceRange };

function readPage(read: () => JournalRecord[], onDamaged: ExportOptions["onDamaged"]): Page {
  try {
    return { records: read() };
  } catch (error) {
    if (!(error instanceof JournalError) || error.damaged === undefined || onDamaged === undefined) throw error;
    onDamaged(error.damaged, error);
    return { damaged: error.damaged };
  }
}
