import { create, toBinary } from "@bufbuild/protobuf";
import { PublishRequestSchema } from "@tapio/contracts/ingest/v1/ingest";
import { ID_LENGTH, writeId } from "./record-id.ts";
import { sampleEvent } from "./sample-event.ts";

/** gRPC's prefix of a message: a flag and the length. */
export const FRAME_PREFIX_BYTES = 5;

/** A gRPC frame with one PublishRequest whose records get new ids in place, so that the load generator encodes nothing. */
export interface PublishFrame {
  readonly bytes: Buffer;
  readonly records: number;
  /** Gives the records the ids `counter`, `counter + 1` and so on. */
  renumber(counter: number, sentAtMs: number): void;
}

export function createPublishFrame(records: number, prefix: string): PublishFrame {
  const placeholder = prefix.padEnd(ID_LENGTH, "#");
  const request = create(PublishRequestSchema, { records: Array.from({ length: records }, () => sampleEvent(placeholder)) });
  const message = Buffer.from(toBinary(PublishRequestSchema, request));
  const bytes = Buffer.alloc(FRAME_PREFIX_BYTES + message.length);
  bytes.writeUInt32BE(message.length, 1);
  message.copy(bytes, FRAME_PREFIX_BYTES);
  const places = placesOf(bytes, Buffer.from(placeholder));
  if (places.length !== records) throw new Error(`${records} records have ${places.length} ids`);
  return {
    bytes,
    records,
    renumber(counter, sentAtMs) {
      for (const [index, at] of places.entries()) writeId(bytes, at, counter + index, sentAtMs);
    },
  };
}

/** Where `wanted` stands in `bytes`. */
export function placesOf(bytes: Buffer, wanted: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}
