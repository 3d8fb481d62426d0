import { create } from "@bufbuild/protobuf";
import {
  ReplayDeadLettersResponseSchema,
  ReplayedDestinationSchema,
  type ReplayDeadLettersRequest,
  type ReplayDeadLettersResponse,
} from "@tapio/contracts/admin/v1/admin";
import type { DeliveryRow } from "@tapio/journal";
import type { Destination } from "../destination/destination.ts";
import { replayStateful, statefulRangeProblem } from "../destination/stateful-replay.ts";
import type { DestinationSpec } from "../destination-spec.ts";
import { compileJudge, type Judge } from "../judge.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { commitSurely } from "./commit-surely.ts";
import { replayRange } from "./replay-range.ts";
import { compileSelection, selectedRows, viewOfRow, withSelectedLogs, type Selection } from "./selection.ts";

/** What is replayed of one destination, as it grows. */
export interface ReplayTally {
  replayed: number;
  wouldSkip: number;
  gone: number;
  problem: string;
}

/** How one destination's dead letters are replayed. */
export interface ReplayScope {
  readonly parts: RuntimeParts;
  readonly destination: Destination;
  readonly judge: Judge;
  readonly isDryRun: boolean;
  readonly tally: ReplayTally;
  /** How many more may wait at once. */
  room: number;
}

/**
 * Makes dead letters waiting rows again, due at once, under their own ids and in the order of their sequences. Their attempts count anew; what became of the
 * earlier ones stays in their history. A dry run only counts.
 */
export async function replayDeadLetters(
  parts: RuntimeParts,
  { selector, dryRun }: ReplayDeadLettersRequest,
): Promise<ReplayDeadLettersResponse> {
  const selection = compileSelection(selector);
  const response = create(ReplayDeadLettersResponseSchema);
  await withSelectedLogs(parts, selection, async ({ log, destination }) => {
    const tally: ReplayTally = { replayed: 0, wouldSkip: 0, gone: 0, problem: "" };
    if (destination === undefined) {
      for await (const _ of selectedRows(log, selection, { withBytes: false }))
        tally.problem = "it is not in the configuration any more: configure its name again, or discard its dead letters";
    } else {
      await replayAt(parts, destination, selection, { isDryRun: dryRun, tally });
    }
    if (tally.replayed + tally.wouldSkip + tally.gone === 0 && tally.problem === "") return;
    response.replayed += BigInt(tally.replayed);
    response.wouldSkip += BigInt(tally.wouldSkip);
    response.destinations.push(
      create(ReplayedDestinationSchema, {
        destination: log.destination,
        ...{ replayed: BigInt(tally.replayed), wouldSkip: BigInt(tally.wouldSkip), gone: BigInt(tally.gone) },
        ...{ problem: tally.problem, configHash: destination?.spec.configHash ?? "" },
      }),
    );
  });
  return response;
}

const chunkRows = 200;

async function replayAt(
  parts: RuntimeParts,
  destination: Destination,
  selection: Selection,
  { isDryRun, tally }: { readonly isDryRun: boolean; readonly tally: ReplayTally },
): Promise<void> {
  const { spec, opened } = destination;
  if (opened === undefined) return;
  const judge = judgeOf(spec, tally);
  if (judge === undefined) return;
  const room = spec.window.maxWaitingRecords - destination.status().waiting;
  const scope: ReplayScope = { parts, destination, judge, isDryRun, tally, room };
  if (spec.create().snapshot !== undefined) {
    if (isDryRun) await countStateful(scope, selectedRows(opened.log, selection, { withBytes: true }));
    else await replayStateful(parts.options, destination, (log) => selectedRows(log, selection, { withBytes: true }), tally);
    return;
  }
  let chunk: DeliveryRow[] = [];
  for await (const row of selectedRows(opened.log, selection, { withBytes: true })) {
    if (scope.room <= 0) {
      tally.problem = `only ${tally.replayed} may wait at once (window.max_waiting_records): replay the rest when these are delivered`;
      break;
    }
    if (row.through !== undefined) {
      await replayRange(scope, row);
      continue;
    }
    count(scope, row);
    chunk.push(row);
    if (chunk.length < chunkRows) continue;
    await makeWait(scope, chunk);
    chunk = [];
  }
  await makeWait(scope, chunk);
}

/** They are applied one by one, so that nothing waits and no bound on that counts; what cannot be applied stays. */
async function countStateful(scope: ReplayScope, rows: AsyncIterable<DeliveryRow>): Promise<void> {
  for await (const row of rows) {
    if (row.through !== undefined) scope.tally.problem = statefulRangeProblem;
    else if (viewOfRow(row) !== undefined) count(scope, row);
  }
}

/** `undefined`: today's configuration judges nothing; the tally says why. */
function judgeOf({ filter, ordering }: DestinationSpec, tally: ReplayTally): Judge | undefined {
  try {
    return compileJudge(filter, ordering ?? { by: "none" });
  } catch (reason) {
    tally.problem = `its filter or key cannot be compiled: ${reason instanceof Error ? reason.message : String(reason)}`;
    return undefined;
  }
}

function count(scope: ReplayScope, row: DeliveryRow): void {
  const { tally, judge } = scope;
  scope.room -= 1;
  tally.replayed += 1;
  const view = viewOfRow(row);
  if (view !== undefined && judge({ sequence: row.sequence, appendedAtMs: 0, view }).kind === "skip") tally.wouldSkip += 1;
}

async function makeWait({ parts, destination, isDryRun }: ReplayScope, rows: readonly DeliveryRow[]): Promise<void> {
  const { opened } = destination;
  if (isDryRun || rows.length === 0 || opened === undefined) return;
  const nowMs = parts.options.clock.now();
  const put = rows.map((row) => replayedRow(row, nowMs));
  destination.takeOver(put.map(({ sequence }) => sequence));
  await commitSurely(parts, opened.log, { put });
  opened.ledger.removedDead(rows.length);
  destination.rowsAdded(put);
}

/** Its attempts count anew. */
export function replayedRow(row: DeliveryRow, nowMs: number): DeliveryRow {
  const why = { code: "replayed", message: `replayed by an operator; it was given up as ${row.code}: ${row.message}` };
  return { ...row, state: "waiting", attempts: 0, firstAttemptAtMs: nowMs, dueAtMs: nowMs, ...why };
}
