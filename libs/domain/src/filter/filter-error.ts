/** A filter that cannot be compiled. */
export class FilterError extends Error {
  override readonly name = "FilterError";
  /** Path within the filter, e.g. `types[1]`, `expression`. */
  readonly field: string;

  /** `message` says what is wrong and what to do; it stands beside `field`, and does not repeat it. */
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Runs `compile`. @throws FilterError for `field` with what it threw. */
export function compiled<T>(field: string, compile: () => T): T {
  try {
    return compile();
  } catch (reason) {
    if (reason instanceof RangeError) throw new FilterError(field, "nests too deep; write it flatter"); // the stack is used up
    throw new FilterError(field, reason instanceof Error ? reason.message : String(reason));
  }
}
