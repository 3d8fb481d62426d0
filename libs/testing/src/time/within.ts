/**
 * Waits for `promise`, but no longer than `boundMs`: a check that would hang fails instead, and says what it waited for.
 * The bound is a safety net and not a measurement; keep it generous.
 */
export async function within<T>(promise: Promise<T>, what: string, boundMs = 5_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${String(boundMs)} ms`)), boundMs);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    clearTimeout(timer);
  }
}
