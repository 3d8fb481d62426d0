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
