import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { SkipDestinationResponseSchema, type SkipDestinationRequest, type SkipDestinationResponse } from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import type { Destination } from "../destination/destination.ts";
import { giveUpRange } from "../destination/give-up-range.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { messageOf } from "./list-destinations.ts";

/** Moves a destination's cursor forward; what is passed over is one dead letter, which can be replayed while the journal keeps the records. */
export async function skipDestination(
  parts: RuntimeParts,
  destination: Destination,
  { to, dryRun }: SkipDestinationRequest,
): Promise<SkipDestinationResponse> {
  const { journal, clock } = parts.options;
  const target = await targetOf(parts, to);
  const countFrom = async (cursor: number): Promise<number> => {
    if (target < cursor)
      throw new ControlError("invalid", `to is sequence ${target}, behind the cursor at ${cursor}: a destination skips forward only`);
    return (await journal.backlog(cursor)).records - (await journal.backlog(target)).records;
  };
  if (dryRun) {
    const skipped = await countFrom(destination.status().cursor);
    return create(SkipDestinationResponseSchema, { skippedRecords: BigInt(skipped), destination: await messageOf(parts, destination) });
  }
  const skipped = await destination.between(async (opened) => {
    const count = await countFrom(opened.ledger.cursor);
    const { configHash } = destination.spec;
    await giveUpRange(opened, clock, { to: target, code: "skipped", message: "skipped by an operator", configHash });
    return count;
  });
  return create(SkipDestinationResponseSchema, { skippedRecords: BigInt(skipped), destination: await messageOf(parts, destination) });
}

async function targetOf({ options }: RuntimeParts, to: SkipDestinationRequest["to"]): Promise<number> {
  const { head, first } = options.journal.bounds();
  switch (to?.at.case) {
    case "head":
      return head;
    case "beginning":
      return first - 1;
    case "afterSequence": {
      const sequence = Number(to.at.value);
      if (sequence > head) throw new ControlError("invalid", `to.after_sequence is ${sequence}, but the journal ends at ${head}`);
      return sequence;
    }
    case "time":
      return await options.journal.sequenceBefore(timestampMs(to.at.value));
    case undefined:
      throw new ControlError("invalid", "to must say where to go on: head, a sequence or a time");
  }
}
