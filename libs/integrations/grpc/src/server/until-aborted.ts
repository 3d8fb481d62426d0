/** The items of `source` until the signal aborts, also while the next one is awaited; then throws what `reason` makes. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal, reason: () => Error): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const onAbort = (): void => aborted.reject(reason());
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  let open = true;
  try {
    for (;;) {
      const next = iterator.next();
      next.catch(() => undefined);
      const item = await Promise.race([next, aborted.promise]);
      if (item.done === true) {
        open = false;
        return;
      }
      yield item.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: an iterator that is waiting for its next item ends only after that.
    if (open) void iterator.return?.().catch(() => undefined);
  }
}
