import type { PublishResult, RecordInput, SubscribeOptions, SubscriptionItem, TapioClientError } from "@tapio/client";
import { createTapioNodeClient, type TapioNodeClient, type TapioNodeClientOptions } from "@tapio/client/node";
import type { Record } from "@tapio/contracts/domain/v1/record";
import { CommandFailure, type Io } from "../io.ts";
import { runTapioctl } from "../program.ts";

/** The time that a command sees: 2026-11-01T12:00:00Z. */
export const nowMs = 1_793_534_400_000;

export interface Setting {
  readonly files?: Readonly<{ [path: string]: string | Uint8Array }>;
  readonly env?: Readonly<{ [name: string]: string }>;
  readonly publish?: (records: readonly RecordInput[]) => readonly PublishResult[];
  readonly items?: readonly SubscriptionItem[];
  /** Broken connections, after the items. */
  readonly reconnects?: readonly TapioClientError[];
  readonly interrupted?: AbortSignal;
  /** A server to call instead of the one that answers with the above. */
  readonly server?: { readonly url: string };
  /** What the user types when asked; nobody is there without. */
  readonly answers?: readonly string[];
  /** Told of each wait. */
  readonly onSleep?: () => void;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly published: Record[];
  readonly connected: TapioNodeClientOptions[];
  readonly subscribed: SubscribeOptions[];
  readonly questions: string[];
  /** What was written to an output. */
  written(path: string): Buffer;
}

/** Runs a command with files, an environment and a server of the test's own. */
export async function tapioctl(args: readonly string[], setting: Setting = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const published: Record[] = [];
  const connected: TapioNodeClientOptions[] = [];
  const subscribed: SubscribeOptions[] = [];
  const questions: string[] = [];
  const written = new Map<string, Uint8Array[]>();
  const answers = [...(setting.answers ?? [])];
  const unused = (): never => {
    throw new Error("not used");
  };
  const client: TapioNodeClient = {
    publish: async (records) => {
      published.push(...(records as readonly Record[]));
      if (setting.publish !== undefined) return setting.publish(records);
      return (records as readonly Record[]).map(({ kind }, index) => ({
        status: "accepted",
        id: kind.value?.id ?? "",
        sequence: index + 1,
      }));
    },
    publishStream: unused,
    getRecord: unused,
    listRecords: unused,
    getJournal: unused,
    get admin() {
      return unused();
    },
    subscribe: (options = {}) => {
      subscribed.push(options);
      return (async function* () {
        yield* setting.items ?? [];
        for (const error of setting.reconnects ?? []) options.onReconnect?.({ error, delayMs: 1_000, attempt: 1 });
      })();
    },
    health: unused,
    close: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
  const io: Io = {
    env: setting.server === undefined ? (setting.env ?? {}) : { TAPIO_SERVER: setting.server.url, ...setting.env },
    out: (text) => (out += text),
    err: (text) => (err += text),
    readInput: async (path) => {
      const content = setting.files?.[path];
      if (content === undefined) throw new CommandFailure(3, `${path} cannot be read`);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    openOutput: async (path) => {
      const chunks: Uint8Array[] = [];
      written.set(path, chunks);
      return {
        write: async (chunk) => {
          if (path === "-") out += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
          chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
        },
        close: async () => undefined,
      };
    },
    ask: async (question) => {
      questions.push(question);
      return answers.shift();
    },
    now: () => nowMs,
    sleep: async () => setting.onSleep?.(),
    connect: (options) => {
      connected.push(options);
      return setting.server === undefined ? client : createTapioNodeClient(options);
    },
    interrupted: setting.interrupted ?? new AbortController().signal,
  };
  const code = await runTapioctl(args, io);
  return { code, out, err, published, connected, subscribed, questions, written: (path) => Buffer.concat(written.get(path) ?? []) };
}
