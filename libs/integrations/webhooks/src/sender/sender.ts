import { delivered, failed, IntegrationError, type IntegrationErrorCode, type Outcome } from "@tapio/integration-core";
import { AttemptTimeoutError, describeFailure, describeStatus, INTEGRATION_NAME, judgeFailure } from "../core/errors.ts";
import type { Poster } from "../core/interfaces.ts";
import type { Answer, OutgoingWebhook } from "../core/types.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { displayUrl, type SenderSettings } from "./sender-settings.ts";
import { createSlots, NoPlaceError } from "./slots.ts";
import { createStatusJudge } from "./status-judge.ts";

const USER_AGENT = "tapio-webhooks/1";

/** Delivers webhooks to one receiver. */
export interface Sender {
  /** Makes one attempt, when a place is free. Never throws. */
  deliver(webhook: OutgoingWebhook, signal: AbortSignal): Promise<Outcome>;
  /** Ends attempts as `canceled`, those that wait for a place included. */
  close(): Promise<void>;
}

export function createSender(settings: SenderSettings, poster: Poster, nowMs: () => number): Sender {
  const slots = createSlots({ count: settings.concurrency, waitMsMax: settings.placeWaitMsMax });
  const attempts = new Set<AbortController>();
  const failure = failureOf(`POST ${settings.displayUrl}`);
  const outcomeOf = createAnswerJudge(settings.url, failure, nowMs);

  const post = async (webhook: OutgoingWebhook, attempt: AbortController): Promise<Outcome> => {
    let body: Uint8Array;
    try {
      body = webhook.encode();
    } catch (error) {
      return failure("record_invalid", `the record has no JSON form: ${describeFailure(error)}`, { cause: error });
    }
    const timeout = setTimeout(() => {
      attempt.abort(new AttemptTimeoutError(`no whole answer within ${settings.timeoutMs} ms`));
    }, settings.timeoutMs);
    try {
      const signature = settings.signer.sign({ id: webhook.id, timestampSeconds: Math.floor(nowMs() / 1000), body });
      const answer = await poster.post(requestHeaders(signature), body, attempt.signal);
      return outcomeOf(answer);
    } finally {
      clearTimeout(timeout);
    }
  };

  return {
    async deliver(webhook, signal) {
      const attempt = new AbortController();
      const abort = () => attempt.abort(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      attempts.add(attempt);
      let giveBack: (() => void) | undefined;
      try {
        giveBack = await slots.take(attempt.signal);
        return await post(webhook, attempt);
      } catch (error) {
        if (error instanceof NoPlaceError)
          return failure("canceled", `not sent yet: ${error.message}; raise concurrency if the receiver can take it`);
        if (giveBack === undefined) return failure("canceled", "ended before it was sent");
        if (!attempt.signal.aborted) return failure(judgeFailure(error), describeFailure(error), { cause: error });
        const reason: unknown = attempt.signal.reason;
        return judgeFailure(reason) === "timeout"
          ? failure("timeout", describeFailure(reason), { cause: error })
          : failure("canceled", "ended while it was being sent", { cause: error });
      } finally {
        giveBack?.();
        attempts.delete(attempt);
        signal.removeEventListener("abort", abort);
      }
    },

    async close() {
      for (const attempt of attempts) attempt.abort(new DOMException("the destination is closed", "AbortError"));
      await poster.close();
    },
  };
}

type Failure = (
  code: IntegrationErrorCode,
  message: string,
  more?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
) => Outcome;

function failureOf(operation: string): Failure {
  return (code, message, more) => failed(new IntegrationError({ integration: INTEGRATION_NAME, operation, code, message, ...more }));
}

function createAnswerJudge(url: URL, failure: Failure, nowMs: () => number): (answer: Answer) => Outcome {
  const judgeStatus = createStatusJudge();
  return (answer) => {
    const code = judgeStatus(answer.status);
    if (code === "delivered") return delivered();
    const what = describeStatus(answer.status, code, displayLocation(answer.location, url));
    const said = answer.excerpt === "" ? "" : `; it said: ${answer.excerpt}`;
    return failure(code, `the receiver ${what}${said}`, { retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs()) });
  };
}

function requestHeaders(signature: object): string[] {
  return ["content-type", "application/json", "user-agent", USER_AGENT, ...Object.entries(signature).flat()];
}

/** Where a redirect points to, without the query, which may hold a token. */
function displayLocation(location: string | undefined, base: URL): string | undefined {
  const target = location === undefined ? null : URL.parse(location, base);
  return target === null ? undefined : displayUrl(target);
}
