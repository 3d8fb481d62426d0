import { toBinary } from "@bufbuild/protobuf";
import { createTapioNodeClient, type TapioNodeClient } from "@tapio/client/node";
import { DeliveryState } from "@tapio/contracts/admin/v1/admin";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { hashOfBytes } from "./canonical.ts";

/** A dead letter as the admin API lists it. */
export interface ListedDeadLetter {
  readonly code: string;
  readonly attempts: number;
  /** Of the copy that it keeps. */
  readonly bytesHash: string;
}

/** What the admin API says when all is settled. */
export interface OperatorView {
  /** By destination and record id. */
  readonly deadLetters: ReadonlyMap<string, ReadonlyMap<string, ListedDeadLetter>>;
  /** What `explain` says of each record, by id and destination: `DELIVERED`, `SKIPPED`, ... */
  readonly explained: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By destination: how many of its deliveries are not settled, and its cursor. */
  readonly destinations: ReadonlyMap<string, { readonly cursor: number; readonly unsettled: number; readonly dead: number }>;
}

const stateNames = new Map<DeliveryState, string>(Object.entries(DeliveryState).map(([name, state]) => [state, name]));

/** Generous: it ends a gateway that hangs. */
const timeoutMs = 60_000;
/** So many calls of `explain` at once. */
const explainCalls = 16;

export async function readOperatorView(url: string, ids: readonly string[]): Promise<OperatorView> {
  using client = createTapioNodeClient({ baseUrl: url, timeoutMs });
  return {
    deadLetters: await readDeadLetters(client),
    explained: await explainAll(client, ids),
    destinations: await readDestinations(client),
  };
}

async function readDeadLetters(client: TapioNodeClient): Promise<OperatorView["deadLetters"]> {
  const found = new Map<string, Map<string, ListedDeadLetter>>();
  for await (const { destination, record, code, attempts } of client.admin.deadLetters()) {
    const letters = found.get(destination) ?? new Map<string, ListedDeadLetter>();
    found.set(destination, letters);
    if (record?.record === undefined) throw new Error(`a dead letter of ${destination} has no record`);
    const id = record.record.kind.value?.id ?? "";
    if (letters.has(id)) throw new Error(`${destination} lists the dead letter ${id} twice`);
    letters.set(id, { code, attempts: attempts.length, bytesHash: hashOfBytes(toBinary(RecordSchema, record.record)) });
  }
  return found;
}

async function explainAll(client: TapioNodeClient, ids: readonly string[]): Promise<OperatorView["explained"]> {
  const explained = new Map<string, ReadonlyMap<string, string>>();
  const left = ids.values();
  const explainSome = async (): Promise<void> => {
    for (const id of left) {
      const { deliveries } = await client.admin.explain(id);
      explained.set(id, new Map(deliveries.map(({ destination, state }) => [destination, stateNames.get(state) ?? String(state)])));
    }
  };
  await Promise.all(Array.from({ length: explainCalls }, explainSome));
  return explained;
}

async function readDestinations(client: TapioNodeClient): Promise<OperatorView["destinations"]> {
  const listed = await client.admin.listDestinations();
  return new Map(
    listed.map(({ name, cursor, lagRecords, waiting, parked, inFlight, deadLetters }) => [
      name,
      { cursor: Number(cursor), unsettled: Number(lagRecords + waiting + parked + inFlight), dead: Number(deadLetters) },
    ]),
  );
}
