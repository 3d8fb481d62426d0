import { type AppendEntry, type AppendResult, JournalError } from "@tapio/journal";
import { bytesOf, createGroupPacker, type GroupBuffers, type GroupPacker, newGroupBuffers } from "./group-packer.ts";
import type { ActionResult, WriteReply, WriteRequest, WriterAction } from "./messages.ts";

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: JournalError) => void;
}

/** What becomes one transaction, and who waits for it. */
export interface Batch {
  packer: GroupPacker | undefined;
  readonly appends: (Waiting<AppendResult[]> & { readonly count: number })[];
  readonly actions: (Waiting<ActionResult> & { readonly action: WriterAction })[];
  readonly transfer: ArrayBuffer[];
  bytes: number;
}

/** Batches in the order in which they are to be written. What is added goes into the last one while that has room. */
export interface BatchQueue {
  readonly length: number;
  addAppend(entries: readonly AppendEntry[], freeBuffers: () => GroupBuffers | undefined): Promise<AppendResult[]>;
  addAction(action: WriterAction, transfer: readonly ArrayBuffer[]): Promise<ActionResult>;
  shift(): Batch | undefined;
}

export function createBatchQueue(limits: { readonly groupRecordsMax: number; readonly groupBytesMax: number }): BatchQueue {
  const queue: Batch[] = [];
  /** A little more than the last group held. */
  let expected = { records: 0, bytes: 0 };
  const batchFor = (records: number, bytes: number): Batch => {
    const last = queue.at(-1);
    const held = (last?.packer?.count ?? 0) + (last?.actions.length ?? 0);
    const fits = last !== undefined && held + records <= limits.groupRecordsMax && last.bytes + bytes <= limits.groupBytesMax;
    const batch = fits ? last : { packer: undefined, appends: [], actions: [], transfer: [], bytes: 0 };
    batch.bytes += bytes;
    if (!fits) queue.push(batch);
    return batch;
  };

  return {
    get length() {
      return queue.length;
    },
    shift() {
      const batch = queue.shift();
      if (batch?.packer) expected = { records: Math.ceil(batch.packer.count * 1.25), bytes: Math.ceil(batch.packer.bodyBytes * 1.25) };
      return batch;
    },
    addAppend(entries, freeBuffers) {
      const batch = batchFor(entries.length, bytesOf(entries));
      batch.packer ??= createGroupPacker(freeBuffers() ?? newGroupBuffers(expected));
      batch.packer.add(entries);
      const { promise, resolve, reject } = Promise.withResolvers<AppendResult[]>();
      batch.appends.push({ resolve, reject, count: entries.length });
      return promise;
    },
    addAction(action, transfer) {
      const bytes = transfer.reduce((sum, buffer) => sum + buffer.byteLength, 0);
      const batch = batchFor(1, bytes);
      batch.transfer.push(...transfer);
      const { promise, resolve, reject } = Promise.withResolvers<ActionResult>();
      batch.actions.push({ resolve, reject, action });
      return promise;
    },
  };
}

/** What the writer is sent for a batch, and the buffers that go with it. */
export function requestOf(batch: Batch, nowMs: number): { request: WriteRequest; transfer: ArrayBuffer[] } {
  const group = batch.packer?.pack(nowMs);
  const request = { group, actions: batch.actions.map((one) => one.action) };
  return { request, transfer: group ? [...batch.transfer, group.table.buffer, group.bodies.buffer] : batch.transfer };
}

/** Gives everyone who waits for the batch their part of the writer's reply. */
export function answer(batch: Batch, { firstSequence, sequences, actions, refused }: WriteReply): void {
  let record = 0;
  for (const { count, resolve, reject } of batch.appends) {
    if (refused !== undefined) {
      reject(new JournalError("full", refused));
      continue;
    }
    const results: AppendResult[] = [];
    for (const end = record + count; record < end; record++) {
      const sequence = sequences === undefined ? firstSequence + record : (sequences[record] ?? 0);
      results.push({ sequence: Math.abs(sequence), duplicate: sequence < 0 });
    }
    resolve(results);
  }
  for (const [index, one] of batch.actions.entries()) {
    const result = actions[index];
    if (result) one.resolve(result);
    else one.reject(new JournalError("io", "the writer gave no answer"));
  }
}

export function refuse(batch: Batch, error: JournalError): void {
  for (const one of [...batch.appends, ...batch.actions]) one.reject(error);
}
