import { createDeadlines, type Deadlines } from "./deadlines.ts";

export interface AttemptQueueOptions<Work, Result> {
  /** How many attempts are made at the same time. */
  readonly places: number;
  /** How long one waits for a place, in milliseconds. */
  readonly waitMsMax: number;
  /** How long one may take from its start, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Starts an attempt. Its place is taken until `done` is called, which may happen at once. Gives back what ends it: its result is not waited
   * for then, its place is.
   */
  start(work: Work, done: (result: Result) => void): (reason: Error) => void;
  /** Why an attempt is ended that took too long. */
  timeoutReason(): Error;
  /** What it means that an attempt was ended. */
  ended(reason: Error): Result;
  /** What it means that none was made: ended by then, or no place within the time. */
  neverStarted(why: "ended" | "no_place"): Result;
}

interface Batch<Work, Result> {
  readonly attempts: readonly Attempt<Work, Result>[];
  readonly results: Result[];
  left: number;
  readonly whenSettled: () => void;
}

interface Attempt<Work, Result> {
  readonly work: Work;
  readonly batch: Batch<Work, Result>;
  readonly index: number;
  state: "waiting" | "started" | "settled";
  end: (reason: Error) => void;
}

/** So many that are no longer waiting are kept before those that are. */
const PASSED_MAX = 1024;

/**
 * Makes attempts in the order in which they came, a bounded number at the same time. There is one attempt per record, so it costs no timer,
 * signal and promise of its own.
 */
export class AttemptQueue<Work, Result> {
  readonly #options: AttemptQueueOptions<Work, Result>;
  readonly #batches = new Set<Batch<Work, Result>>();
  readonly #line: Attempt<Work, Result>[] = [];
  #passed = 0;
  #freePlaces: number;
  #isFilling = false;
  #isClosed = false;
  readonly #waitDeadlines: Deadlines<Attempt<Work, Result>>;
  readonly #startDeadlines: Deadlines<Attempt<Work, Result>>;

  constructor(options: AttemptQueueOptions<Work, Result>) {
    this.#options = options;
    this.#freePlaces = options.places;
    this.#waitDeadlines = createDeadlines(options.waitMsMax, (attempt) => this.#settle(attempt, options.neverStarted("no_place")));
    this.#startDeadlines = createDeadlines(options.timeoutMs, (attempt) => this.#end(attempt, options.timeoutReason()));
  }

  /** Attempts each; resolves with one result each, in their order. Never rejects. What has no result when the signal aborts is ended. */
  run(works: readonly Work[], signal: AbortSignal): Promise<readonly Result[]> {
    if (works.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const attempts: Attempt<Work, Result>[] = [];
      const onAbort = () => this.#endBatch(batch, signal.reason as Error);
      const whenSettled = () => {
        signal.removeEventListener("abort", onAbort);
        this.#batches.delete(batch);
        resolve(batch.results);
      };
      const batch = { attempts, results: [], left: works.length, whenSettled };
      for (const [index, work] of works.entries()) attempts.push({ work, batch, index, state: "waiting", end: () => undefined });
      if (signal.aborted || this.#isClosed) {
        onAbort();
        return;
      }
      signal.addEventListener("abort", onAbort);
      this.#batches.add(batch);
      this.#line.push(...attempts);
      this.#fillPlaces();
      for (const attempt of attempts) if (attempt.state === "waiting") this.#waitDeadlines.add(attempt);
    });
  }

  /** Ends all attempts, and those that come later. */
  close(reason: Error): void {
    this.#isClosed = true;
    for (const batch of this.#batches) this.#endBatch(batch, reason);
    this.#waitDeadlines.clear();
    this.#startDeadlines.clear();
  }

  #fillPlaces(): void {
    // A start may free its place at once; the loop that is running sees it.
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (this.#freePlaces > 0) {
      const attempt = this.#takeNext();
      if (attempt === undefined) break;
      this.#start(attempt);
    }
    this.#isFilling = false;
  }

  #takeNext(): Attempt<Work, Result> | undefined {
    while (this.#passed < this.#line.length) {
      const attempt = this.#line[this.#passed++];
      if (this.#passed > PASSED_MAX) {
        this.#line.splice(0, this.#passed);
        this.#passed = 0;
      }
      if (attempt?.state === "waiting") return attempt;
    }
    this.#line.length = this.#passed = 0;
    return undefined;
  }

  #start(attempt: Attempt<Work, Result>): void {
    this.#waitDeadlines.delete(attempt);
    attempt.state = "started";
    this.#freePlaces -= 1;
    this.#startDeadlines.add(attempt);
    attempt.end = this.#options.start(attempt.work, (result) => {
      this.#freePlaces += 1;
      this.#settle(attempt, result);
      this.#fillPlaces();
    });
  }

  #settle(attempt: Attempt<Work, Result>, result: Result): void {
    if (attempt.state === "settled") return;
    (attempt.state === "waiting" ? this.#waitDeadlines : this.#startDeadlines).delete(attempt);
    attempt.state = "settled";
    const { batch } = attempt;
    batch.results[attempt.index] = result;
    if (--batch.left === 0) batch.whenSettled();
  }

  #end(attempt: Attempt<Work, Result>, reason: Error): void {
    if (attempt.state === "waiting") this.#settle(attempt, this.#options.neverStarted("ended"));
    if (attempt.state !== "started") return;
    this.#settle(attempt, this.#options.ended(reason));
    attempt.end(reason);
  }

  /** The waiting ones first: otherwise they would take the places of those that are ended. */
  #endBatch({ attempts }: Batch<Work, Result>, reason: Error): void {
    for (const attempt of attempts) if (attempt.state === "waiting") this.#end(attempt, reason);
    for (const attempt of attempts) this.#end(attempt, reason);
  }
}
