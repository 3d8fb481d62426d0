import type { DeliveryScope } from "./delivery-scope.ts";

const pageRows = 500;

/** What waits because a person was needed is due at once when the destination starts: whoever mends a token starts the gateway again. */
export async function releaseDenied({ clock, log, settlement }: Pick<DeliveryScope, "clock" | "log" | "settlement">): Promise<void> {
  let after = 0;
  for (;;) {
    const rows = await log.rows({ state: "waiting", after, limit: pageRows });
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const row of rows) if (row.code === "access_denied") settlement.put({ ...row, dueAtMs: clock.now() });
    await settlement.flushed();
    after = last.sequence;
  }
}
