import { FRAME_PREFIX_BYTES } from "../records/publish-frame.ts";

const RESULT_TAG = 0x0a;
const STATUS_TAG = 0x08;
const ACCEPTED = 1;

/** How many results of a framed PublishResponse say ACCEPTED; `undefined` when there are no results at all. Results are shorter than 128 bytes. */
export function countAccepted(frame: Buffer): number | undefined {
  if (frame.length <= FRAME_PREFIX_BYTES) return undefined;
  let accepted = 0;
  for (let at = FRAME_PREFIX_BYTES; at < frame.length; at += 2 + (frame[at + 1] ?? 0)) {
    if (frame[at] !== RESULT_TAG || (frame[at + 1] ?? 0) > 0x7f) throw new Error("an answer that this load generator cannot read");
    if (frame[at + 2] === STATUS_TAG && frame[at + 3] === ACCEPTED) accepted += 1;
  }
  return accepted;
}
