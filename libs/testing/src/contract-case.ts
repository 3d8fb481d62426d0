/** One check of a shared suite. Runs under any test runner: it throws when the check fails. */
export interface ContractCase {
  /** A sentence about behaviour, e.g. `a record that the receiver refuses is failed with record_invalid`. */
  readonly name: string;
  readonly run: () => Promise<void>;
}
