import { request as httpRequest } from "node:http";
import { delivered, failed, IntegrationError, type Integration, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import type { RecordView } from "@tapio/domain";
import { createHttpReceiver, type IntegrationSubject } from "@tapio/testing";

/** The smallest integration that passes the suite: posts a record's id, with a token. */
export interface ReferenceConfig {
  readonly url: string;
  readonly token: string;
}

const codeByStatus: Readonly<Record<number, IntegrationErrorCode>> = {
  400: "record_invalid",
  401: "access_denied",
  410: "gone",
  429: "throttled",
  503: "unavailable",
};

export function createReferenceIntegration(): Integration<ReferenceConfig> {
  const name = "reference";
  const closing = new AbortController();
  let config: ReferenceConfig = { url: "", token: "" };
  const fail = (code: IntegrationErrorCode, message: string, retryAfterMs?: number): Outcome =>
    failed(new IntegrationError({ integration: name, operation: `POST ${config.url}`, code, message, retryAfterMs }));
  const codeOf = (signal: AbortSignal): IntegrationErrorCode => {
    if (!signal.aborted) return "unavailable";
    return signal.reason instanceof Error && signal.reason.name === "TimeoutError" ? "timeout" : "canceled";
  };
  const post = async (id: string, signal: AbortSignal): Promise<Outcome> => {
    const either = AbortSignal.any([signal, closing.signal]);
    if (either.aborted) return fail(codeOf(either), "not sent");
    try {
      const answer = await send("POST", config, id, either);
      if (answer.status === 200) return delivered();
      return fail(codeByStatus[answer.status] ?? "internal", `status ${String(answer.status)}`, answer.retryAfterMs);
    } catch (reason) {
      return fail(codeOf(either), String(reason));
    }
  };
  return {
    name,
    initialize: (given) => {
      config = given;
      return Promise.resolve();
    },
    processEvent: (event, call) => post(event.id, call.signal),
    processFinding: (finding, call) => post(finding.id, call.signal),
    processCorrelation: (correlation, call) => post(correlation.id, call.signal),
    processBatch: (records: readonly RecordView[], call) => Promise.all(records.map((record) => post(record.header.id, call.signal))),
    async health({ signal }) {
      try {
        await send("HEAD", config, "", AbortSignal.any([signal, closing.signal]));
        return { healthy: true, message: "", details: { url: config.url } };
      } catch (reason) {
        return { healthy: false, message: String(reason), details: { url: config.url } };
      }
    },
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function send(
  method: string,
  config: ReferenceConfig,
  body: string,
  signal: AbortSignal,
): Promise<{ status: number; retryAfterMs?: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${config.token}` };
    const request = httpRequest(config.url, { method, headers, signal, agent: false }, (response) => {
      response.resume();
      const retryAfter = response.headers["retry-after"];
      const status = response.statusCode ?? 0;
      response.on("end", () => {
        resolve(retryAfter === undefined ? { status } : { status, retryAfterMs: Number(retryAfter) * 1_000 });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const secrets = ["a-token-to-look-for"];

/** The reference integration with a local HTTP peer. */
export const referenceSubject: IntegrationSubject<ReferenceConfig> = {
  create: createReferenceIntegration,
  modes: ["refuse_record", "unavailable", "throttle", "deny", "gone", "hang", "reset"],
  startPeer: async () => {
    const receiver = await createHttpReceiver();
    return {
      config: { url: receiver.url, token: secrets[0] ?? "" },
      secrets,
      behave: receiver.behave,
      receivedCount: () => Promise.resolve(receiver.accepted().filter(({ method }) => method === "POST").length),
      close: receiver.close,
    };
  },
};
