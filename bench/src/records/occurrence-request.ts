import { placesOf } from "./publish-frame.ts";
import { ID_LENGTH, writeId } from "./record-id.ts";
import { sampleOccurrence } from "./sample-event.ts";

/** An HTTP/1.1 request with one occurrence, whose id is changed in place. */
export interface OccurrenceRequest {
  readonly bytes: Buffer;
  renumber(counter: number, sentAtMs: number): void;
}

export function createOccurrenceRequest(host: string, prefix: string): OccurrenceRequest {
  const placeholder = prefix.padEnd(ID_LENGTH, "#");
  const body = JSON.stringify(sampleOccurrence(placeholder));
  const head = `POST /v1/occurrences HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.from(head + body, "latin1");
  const [at] = placesOf(bytes, Buffer.from(placeholder));
  if (at === undefined) throw new Error("the occurrence has no id");
  return { bytes, renumber: (counter, sentAtMs) => writeId(bytes, at, counter, sentAtMs) };
}
