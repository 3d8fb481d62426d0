import type { TapioNodeClient, TapioNodeClientOptions } from "@tapio/client/node";

/** What a command needs of the outside, so that tests can hold it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** A file's bytes; `-` is standard input. */
  readInput(path: string): Promise<Uint8Array>;
  /** A new file to write to; `-` is standard output. */
  openOutput(path: string): Promise<Output>;
  /** A line that the user types as an answer; `undefined` when nobody is there to ask. */
  ask(question: string): Promise<string | undefined>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so long, or when the user asks to stop. */
  sleep(delayMs: number): Promise<void>;
  connect(options: TapioNodeClientOptions): TapioNodeClient;
  /** Aborts when the user asks to stop (Ctrl-C). */
  readonly interrupted: AbortSignal;
}

/** Where much is written to: who writes waits for it, so that nothing piles up. */
export interface Output {
  write(chunk: string | Uint8Array): Promise<void>;
  /** Resolves when all is on its way, for a file on the disk. */
  close(): Promise<void>;
}

/**
 * What a command's exit code means: 0 it is so; 1 it is not (a record was refused, a signature does not match, a configuration or a journal has
 * problems, there is no such record, the gateway does not permit it now, the user said no); 2 the command was called wrongly; 3 what it needs
 * could not be had: the server does not answer or fails, a file cannot be read, a port cannot be listened on, the user broke off.
 */
export type ExitCode = 0 | 1 | 2 | 3;

/** Ends a command with a message for people. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
