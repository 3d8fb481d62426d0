import type { Record } from "@tapio/contracts/domain/v1/record";
import type { RecordHeader } from "./record-header.ts";

/**
 * A record as it moves through the gateway: the bytes as they came, the header, and the decoded message, which is made once,
 * when somebody asks for it, and shared by all. Its methods are to be called on it: a copy of its properties may lack them.
 */
export interface RecordView {
  readonly header: RecordHeader;
  /** The encoded `tapio.domain.v1.Record`, never re-encoded. Not to be changed. */
  readonly bytes: Uint8Array;
  /** How many bytes that are. */
  readonly size: number;
  /** The decoded record; the same object at each call. Not to be changed. */
  decoded(): Record;
  /**
   * For who looks at the record once: what is decoded already, or else a decoding that is not kept. A decoded record takes several times the memory of
   * its bytes, and would live as long as the view: until the delivery is settled.
   */
  decodedOnce(): Record;
}
