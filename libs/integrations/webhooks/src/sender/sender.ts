import { delivered, failed, IntegrationError, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import { AttemptTimeoutError, describeFailure, describeStatus, INTEGRATION_NAME, judgeFailure } from "../core/errors.ts";
import type { Poster, PostResult } from "../core/interfaces.ts";
import type { OutgoingWebhook } from "../core/types.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { displayUrl, type SenderSettings } from "./sender-settings.ts";
import { createStatusJudge } from "./status-judge.ts";
import type { WebhookHeaders } from "../signing/signature.ts";
import type { Signer } from "../signing/signer.ts";

const USER_AGENT = "tapio-webhooks/1";
const SIGNATURE_HEADERS = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

/** Delivers webhooks to one receiver. */
export interface Sender {
  /** Makes one attempt of each, when a place is free; one outcome each, in their order. Never throws. */
  deliver(webhooks: readonly OutgoingWebhook[], signal: AbortSignal): Promise<readonly Outcome[]>;
  /** Ends attempts as `canceled`, those that wait for a place included. */
  close(): Promise<void>;
}

export function createSender(settings: SenderSettings, poster: Poster, nowMs: () => number): Sender {
  const failure = failureOf(`POST ${settings.displayUrl}`);
  const outcomeOf = createAnswerJudge(settings.url, failure, nowMs);
  const fixedHeaders = ["content-type", "application/json", "user-agent", USER_AGENT, ...settings.headers];
  const queue = new AttemptQueue<OutgoingWebhook, Outcome>({
    places: settings.concurrency,
    waitMsMax: settings.placeWaitMsMax,
    timeoutMs: settings.timeoutMs,
    start(webhook, done) {
      const prepared = prepare(webhook, settings.signer, nowMs);
      if ("refused" in prepared) {
        done(failure(...prepared.refused));
        return () => undefined;
      }
      return poster.post(requestHeaders(fixedHeaders, prepared.signature), prepared.body, (result) => done(outcomeOf(result)));
    },
    timeoutReason: () => new AttemptTimeoutError(`no whole answer within ${settings.timeoutMs} ms`),
    ended: (reason) =>
      judgeFailure(reason) === "timeout"
        ? failure("timeout", describeFailure(reason), { cause: reason })
        : failure("canceled", "ended while it was being sent", { cause: reason }),
    neverStarted(why) {
      if (why === "ended") return failure("canceled", "ended before it was sent");
      const looked = `none of ${settings.concurrency} places became free within ${settings.placeWaitMsMax} ms`;
      return failure("canceled", `not sent yet: ${looked}; raise concurrency if the receiver can take it`);
    },
  });
  return {
    deliver: (webhooks, signal) => queue.run(webhooks, signal),
    async close() {
      queue.close(new DOMException("the destination is closed", "AbortError"));
      await poster.close();
    },
  };
}

type Prepared = { readonly signature: WebhookHeaders; readonly body: Uint8Array } | { readonly refused: Parameters<Failure> };

/** What is sent, or why nothing is. */
function prepare(webhook: OutgoingWebhook, signer: Signer, nowMs: () => number): Prepared {
  let body: Uint8Array;
  try {
    body = webhook.encode();
  } catch (error) {
    return { refused: ["record_invalid", `the record has no JSON form: ${describeFailure(error)}`, { cause: error }] };
  }
  try {
    const signature = signer.sign({ id: webhook.id, timestampSeconds: Math.floor(nowMs() / 1000), body });
    return { signature, body };
  } catch (error) {
    return { refused: [judgeFailure(error), describeFailure(error), { cause: error }] };
  }
}

type Failure = (
  code: IntegrationErrorCode,
  message: string,
  more?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
) => Outcome;

function failureOf(operation: string): Failure {
  return (code, message, more) => failed(new IntegrationError({ integration: INTEGRATION_NAME, operation, code, message, ...more }));
}

function createAnswerJudge(url: URL, failure: Failure, nowMs: () => number): (result: PostResult) => Outcome {
  const judgeStatus = createStatusJudge();
  return (result) => {
    if (!("answer" in result)) return failure(judgeFailure(result.error), describeFailure(result.error), { cause: result.error });
    const { answer } = result;
    const code = judgeStatus(answer.status);
    if (code === "delivered") return delivered();
    const what = describeStatus(answer.status, code, displayLocation(answer.location, url));
    const said = answer.excerpt === "" ? "" : `; it said: ${answer.excerpt}`;
    return failure(code, `the receiver ${what}${said}`, { retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs()) });
  };
}

/** Names and values in turn: what all posts have, and this one's signature. */
function requestHeaders(fixed: readonly string[], signature: WebhookHeaders): string[] {
  const headers = fixed.slice();
  for (const name of SIGNATURE_HEADERS) headers.push(name, signature[name]);
  return headers;
}

/** Where a redirect points to, without the query, which may hold a token. */
function displayLocation(location: string | undefined, base: URL): string | undefined {
  const target = location === undefined ? null : URL.parse(location, base);
  return target === null ? undefined : displayUrl(target);
}
