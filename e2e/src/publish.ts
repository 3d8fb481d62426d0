import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { RecordInput } from "@tapio/client";
import { createTapioNodeClient } from "@tapio/client/node";
import { Severity } from "@tapio/contracts/domain/v1/types";

/** An event that is the same whenever it is made. */
export function eventNamed(id: string, message = ""): RecordInput {
  return { event: { id, type: "kernel.node.cpu_stall", severity: Severity.WARNING, time: timestampFromMs(1_793_534_400_000), message } };
}

/** Ids `prefix-1` to `prefix-count`. */
export function idsOf(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${n + 1}`);
}

/** Sends them in batches, each once; all have to be accepted. */
export async function publishAll(url: string, ids: readonly string[], batchRecords = 100): Promise<void> {
  using client = createTapioNodeClient({ baseUrl: url });
  for (let from = 0; from < ids.length; from += batchRecords) {
    const results = await client.publish(ids.slice(from, from + batchRecords).map((id) => eventNamed(id)));
    const refused = results.find(({ status }) => status !== "accepted");
    if (refused !== undefined) throw new Error(`not accepted: ${JSON.stringify(refused)}`);
  }
}
