import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RecordSchema, type Record } from "@tapio/contracts/domain/v1/record";
import { ControlError } from "@tapio/integration-core";
import { mountGrpc, type DeliveryControl, type LogRecord, type RecordLog } from "@tapio/integration-grpc";
import { JournalError } from "@tapio/journal";
import { sampleEvent, silentLogger, systemClock } from "@tapio/testing";

/** The API's real services over a control and a log of the test's own. */
export interface ApiDouble extends AsyncDisposable {
  readonly url: string;
  /** The members of the control that were called, in order, each with its argument. */
  readonly calls: { readonly member: string; readonly argument: unknown }[];
}

export interface ApiDoubleOptions {
  /** What is not given fails with `not_found`. */
  readonly control?: Partial<DeliveryControl>;
  /** With the sequences 1, 2, 3... */
  readonly records?: readonly Record[];
  /** The sequence of one that cannot be read. */
  readonly damaged?: number;
}

export const acceptedAtMs = 1_793_534_000_000;

export function eventRecord(init: Parameters<typeof sampleEvent>[0]): Record {
  return create(RecordSchema, { kind: { case: "event", value: sampleEvent(init) } });
}

export async function startApiDouble({ control = {}, records = [], damaged }: ApiDoubleOptions): Promise<ApiDouble> {
  const calls: ApiDouble["calls"] = [];
  const log = createLog(records, damaged);
  const ports = {
    sink: { submit: () => Promise.reject(new Error("not used")) },
    log,
    control: noting(control, calls),
    clock: systemClock,
    logger: silentLogger,
    isReady: () => true,
    shutdown: new AbortController().signal,
  };
  const server = createServer(connectNodeAdapter({ routes: (router) => mountGrpc(router, ports) }));
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session.once("close", () => sessions.delete(session))));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function noting(control: Partial<DeliveryControl>, calls: ApiDouble["calls"]): DeliveryControl {
  return new Proxy({} as DeliveryControl, {
    get: (_target, member: keyof DeliveryControl) => async (argument: never) => {
      calls.push({ member, argument });
      const answer = control[member] as ((of: never) => unknown) | undefined;
      if (answer === undefined) throw new ControlError("not_found", `${member} found nothing`);
      return answer(argument);
    },
  });
}

function createLog(records: readonly Record[], damaged: number | undefined): RecordLog {
  const kept: LogRecord[] = records.map((record, at) => ({
    sequence: at + 1,
    appendedAtMs: acceptedAtMs,
    bytes: toBinary(RecordSchema, record),
  }));
  return {
    durability: "fsync",
    read: async (after, limit) => {
      if (damaged !== undefined && damaged === after + 1)
        throw new JournalError("corrupt", "the group is damaged", undefined, { from: damaged, to: damaged });
      const until = damaged !== undefined && damaged > after ? damaged : Infinity;
      return kept.filter(({ sequence }) => sequence > after && sequence < until).slice(0, limit.records);
    },
    get: async (sequence) => kept[sequence - 1],
    find: async (id) => {
      const at = records.findLastIndex(({ kind }) => kind.value?.id === id);
      return at === -1 ? undefined : at + 1;
    },
    sequenceBefore: async (atMs) => (atMs > acceptedAtMs ? kept.length : 0),
    waitPast: () => Promise.reject(new Error("not used")),
    bounds: () => ({ first: 1, head: kept.length }),
  };
}
