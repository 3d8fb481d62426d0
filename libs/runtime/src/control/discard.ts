import { create } from "@bufbuild/protobuf";
import {
  DiscardDeadLettersResponseSchema,
  type DiscardDeadLettersRequest,
  type DiscardDeadLettersResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { DeliveryRow } from "@tapio/journal";
import { lateSettlement } from "../machine/settlement-note.ts";
import { commitSurely } from "./commit-surely.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { compileSelection, selectedRows, withSelectedLogs, type SelectedLog } from "./selection.ts";

const chunkRows = 200;

/** Gives dead letters up for good; `explain` says so afterwards. */
export async function discardDeadLetters(
  parts: RuntimeParts,
  { selector, dryRun }: DiscardDeadLettersRequest,
): Promise<DiscardDeadLettersResponse> {
  const selection = compileSelection(selector);
  let discarded = 0;
  await withSelectedLogs(parts, selection, async (selected) => {
    let chunk: DeliveryRow[] = [];
    for await (const row of selectedRows(selected.log, selection, { withBytes: false })) {
      discarded += 1;
      if (dryRun) continue;
      chunk.push(row);
      if (chunk.length < chunkRows) continue;
      await discard(parts, selected, chunk);
      chunk = [];
    }
    if (chunk.length > 0) await discard(parts, selected, chunk);
  });
  return create(DiscardDeadLettersResponseSchema, { discarded: BigInt(discarded) });
}

async function discard(parts: RuntimeParts, { log, destination }: SelectedLog, rows: readonly DeliveryRow[]): Promise<void> {
  const configHash = destination?.spec.configHash ?? "";
  const nowMs = parts.options.clock.now();
  const remove = rows.map(({ sequence }) => sequence);
  destination?.takeOver(remove);
  await commitSurely(parts, log, {
    remove,
    settlements: rows
      .filter(({ through }) => through === undefined)
      .map(({ sequence, attempts: attempt }) =>
        lateSettlement(sequence, nowMs, configHash, { attempt, skippedReason: "", discarded: true }),
      ),
  });
  destination?.opened?.ledger.removedDead(rows.length);
}
