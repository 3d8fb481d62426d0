/**
 * Buffers that are used again. What is allocated for each request is freed by full garbage collections alone, since it survives the quick
 * ones while the request waits for the disk; at 100 MB/s they would cost more than the requests.
 */
export interface BufferPool {
  /** A buffer of at least so many bytes, with whatever was in it. */
  take(bytes: number): Buffer;
  /** Takes back a buffer that nobody looks into any more. */
  give(buffer: Buffer): void;
}

/** Buffers come in sizes of powers of two from this one on. */
const leastBytes = 64 * 1024;
/** Larger ones are rare, and not kept. */
const keptBytesMax = 1024 * 1024;

/** Keeps unused buffers of up to `bytesMax` bytes together. */
export function createBufferPool(bytesMax: number): BufferPool {
  const unused = new Map<number, Buffer[]>();
  let unusedBytes = 0;
  return {
    take(bytes) {
      if (bytes > keptBytesMax) return Buffer.allocUnsafeSlow(bytes);
      const size = Math.max(leastBytes, 2 ** Math.ceil(Math.log2(bytes)));
      const found = unused.get(size)?.pop();
      if (found === undefined) return Buffer.allocUnsafeSlow(size);
      unusedBytes -= size;
      return found;
    },
    give(buffer) {
      const size = buffer.byteLength;
      if (size > keptBytesMax || unusedBytes + size > bytesMax) return;
      const list = unused.get(size);
      if (list === undefined) unused.set(size, [buffer]);
      else list.push(buffer);
      unusedBytes += size;
    },
  };
}
