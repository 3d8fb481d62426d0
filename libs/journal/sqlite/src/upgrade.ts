import type { DatabaseSync } from "node:sqlite";
import { bodyCrc, factsCrc } from "./group-checksum.ts";
import { SIZE_WORD, TABLE_WORDS } from "./messages.ts";
import { wordsOf } from "./record-groups.ts";

/** Tables of format 1 whose columns changed: they step aside while their rows move over. */
const REPLACED = ["journal", "record_group", "destination", "destination_state", "delivery_row"] as const;

/**
 * Format 1 had no checksums, running byte counts, controls, settlements, or keys and histories of rows. The checksums vouch for what is
 * read now. Inside a transaction of the caller's; needs room for the records a second time, which is used again afterwards.
 */
export function upgradeFromVersion1(db: DatabaseSync, schema: string): void {
  db.exec("DROP INDEX delivery_row_by_sequence; DROP INDEX delivery_row_by_state; DROP INDEX delivery_row_by_due");
  for (const table of REPLACED) db.exec(`ALTER TABLE ${table} RENAME TO ${table}_1`);
  db.exec(schema);
  db.exec(`
    UPDATE journal SET trimmed_to = (SELECT trimmed_to FROM journal_1);
    INSERT INTO destination SELECT id, name, kind, generation, cursor FROM destination_1;
    INSERT INTO destination_state SELECT destination, state FROM destination_state_1;
    INSERT INTO delivery_row SELECT destination, sequence, state, record_id, attempts, first_attempt_at_ms, due_at_ms, code, message,
      NULL, NULL, NULL, bytes FROM delivery_row_1;
  `);
  moveGroups(db);
  for (const table of REPLACED) db.exec(`DROP TABLE ${table}_1`);
}

function moveGroups(db: DatabaseSync): void {
  const insert = db.prepare("INSERT INTO record_group VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const groups = db.prepare(
    "SELECT first_sequence, record_count, appended_at_ms, entries, body FROM record_group_1 ORDER BY first_sequence",
  );
  let bytesThrough = 0;
  for (const group of groups.iterate()) {
    const entries = group.entries instanceof Uint8Array ? group.entries : new Uint8Array(0);
    const body = group.body instanceof Uint8Array ? group.body : undefined;
    bytesThrough += bytesIn(entries);
    const facts = {
      first: Number(group.first_sequence),
      count: Number(group.record_count),
      appendedAtMs: Number(group.appended_at_ms),
      ...{ bytesThrough, entries },
    };
    insert.run(
      facts.first,
      facts.count,
      facts.appendedAtMs,
      bytesThrough,
      factsCrc(facts),
      body ? bodyCrc(body) : 0,
      entries,
      body ?? null,
    );
  }
}

function bytesIn(entries: Uint8Array): number {
  const words = wordsOf(entries);
  let bytes = 0;
  for (let at = SIZE_WORD; at < words.length; at += TABLE_WORDS) bytes += words[at] ?? 0;
  return bytes;
}
