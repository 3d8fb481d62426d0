import type { Journal } from "@tapio/journal";

/** What a driver gives to be put through the shared suite. */
export interface JournalSubject {
  /** Makes a new, empty journal; each check has its own. */
  start(settings: JournalSettings): Promise<JournalUnderTest>;
}

export interface JournalSettings {
  /** Gives `appendedAtMs`. */
  readonly clock: { now(): number };
  readonly dedupeRecords: number;
  /** In milliseconds; 0: no bound. */
  readonly dedupeAgeMs: number;
}

/** One journal and the place where it is kept. */
export interface JournalUnderTest {
  readonly journal: Journal;
  /** Closes the last journal of this place and opens it again. */
  reopen(): Promise<Journal>;
  /** Opens what a process would find that starts after this one was killed now, without waiting for what is in flight. */
  crash(): Promise<Journal>;
  /** Closes every journal of this place and removes it. */
  dispose(): Promise<void>;
}
