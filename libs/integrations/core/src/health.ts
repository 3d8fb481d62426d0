/** What a component says of itself. */
export interface HealthStatus {
  readonly healthy: boolean;
  /** One sentence for a person; empty when there is nothing to say. */
  readonly message: string;
  /** Further facts, e.g. `{ endpoint: "http://localhost:4318" }`. Never holds a secret. */
  readonly details: Readonly<Record<string, string>>;
}
