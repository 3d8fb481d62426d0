import { createTapioNodeClient } from "@tapio/client/node";

/** The ids of all records that are in the journal now, in the order of their sequences, as a subscriber gets them. */
export async function readIds(url: string): Promise<readonly string[]> {
  using client = createTapioNodeClient({ baseUrl: url });
  const ids: string[] = [];
  for await (const item of client.subscribe({ start: "beginning", progressIntervalMs: 1_000, reconnect: false })) {
    if (item.kind === "record") ids.push(item.record.kind.value?.id ?? "");
    else if (item.sequence >= item.headSequence) return ids;
  }
  throw new Error("the subscription ended by itself");
}
