import { Overloaded, type Clock } from "@tapio/integration-core";
import type { RawRequest, RawResponse } from "../core/types.ts";
import { createVerifier, DEFAULT_TOLERANCE_SECONDS, type VerifyFailure } from "../signing/verifier.ts";
import { createReplayWindow } from "./replay-window.ts";
import { respond } from "./respond.ts";

const DEFAULT_BODY_BYTES_MAX = 1024 * 1024;
const DEFAULT_REPLAY_IDS_MAX = 100_000;

/** A webhook whose signature was verified. */
export interface ReceivedWebhook {
  readonly id: string;
  /** When the sender made the attempt: seconds since 1970-01-01T00:00:00Z. */
  readonly timestampSeconds: number;
  /** The bytes that were signed. */
  readonly body: Uint8Array;
  /** The same, parsed as JSON. */
  readonly json: unknown;
}

export interface WebhookReceiverOptions {
  /** The secrets of which one must have signed; at least one. */
  readonly secrets: readonly string[];
  /** By how much the timestamp may lie in the past or in the future, in seconds. Default 300. */
  readonly toleranceSeconds?: number;
  readonly clock: Pick<Clock, "now">;
  /**
   * Takes one webhook; called once per id within the replay window, unless it fails. Resolves to an answer, or to nothing for 204. Throws
   * Overloaded for 503 with Retry-After; any other throw is 500, and the sender comes again.
   */
  readonly onMessage: (webhook: ReceivedWebhook) => Promise<RawResponse | undefined>;
  /** The largest body that is looked at, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How many ids are remembered, so that what is sent again is answered, but not taken again. Default 100,000. */
  readonly replayWindow?: { readonly idsMax: number };
}

/** Answers one request. Never throws. */
export type WebhookReceiver = (request: RawRequest) => Promise<RawResponse>;

/**
 * Takes webhooks signed by Standard Webhooks 1.0.0 `v1`. The raw bytes are verified before anything is parsed. Ids are remembered for twice
 * the tolerance: as long as any signature with them can be valid.
 * @throws InvalidSecretError
 */
export function createWebhookReceiver(options: WebhookReceiverOptions): WebhookReceiver {
  const { clock, onMessage } = options;
  const toleranceSeconds = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_BODY_BYTES_MAX;
  const verifier = createVerifier({ secrets: options.secrets, toleranceSeconds });
  const taken = createReplayWindow({
    durationMs: (2 * toleranceSeconds + 1) * 1000,
    idsMax: options.replayWindow?.idsMax ?? DEFAULT_REPLAY_IDS_MAX,
  });
  const inProgress = new Map<string, Promise<RawResponse>>();

  const take = async (webhook: ReceivedWebhook): Promise<RawResponse> => {
    try {
      const answer = (await onMessage(webhook)) ?? respond(204);
      if (answer.status >= 200 && answer.status <= 299) taken.add(webhook.id, clock.now());
      return answer;
    } catch (error) {
      if (error instanceof Overloaded) {
        const retryAfter = String(Math.ceil(error.retryAfterMs / 1000));
        return respond(503, { error: "overloaded", message: error.message }, { "retry-after": retryAfter });
      }
      return respond(500, { error: "internal", message: "the webhook could not be processed; send it again later" });
    }
  };

  return async ({ method, headers, body }) => {
    if (method !== "POST") {
      return respond(405, { error: "method_not_allowed", message: "webhooks are posted" }, { allow: "POST" });
    }
    if (body.length > maxBodyBytes) {
      return respond(413, { error: "body_too_large", message: `the body has ${body.length} bytes; at most ${maxBodyBytes} are taken` });
    }
    const verified = verifier.verify({ headers, body, now: clock.now() });
    if (!verified.ok) return respond(statusOf(verified.reason), { error: verified.reason, message: verified.message });
    const { id, timestampSeconds } = verified;
    if (taken.has(id, clock.now())) return respond(200, { status: "duplicate", id });
    const parsed = parseJson(body);
    if ("problem" in parsed) return respond(400, { error: "not_json", message: parsed.problem });
    const running = inProgress.get(id);
    if (running !== undefined) return await running;
    const answer = take({ id, timestampSeconds, body, json: parsed.json }).finally(() => inProgress.delete(id));
    inProgress.set(id, answer);
    return await answer;
  };
}

/** Who sends headers that cannot be read has to be repaired; who signs wrongly has to be let in. */
function statusOf(reason: VerifyFailure): number {
  return reason === "malformed_header" ? 400 : 401;
}

function parseJson(body: Uint8Array): { readonly json: unknown } | { readonly problem: string } {
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown };
  } catch (error) {
    return { problem: `the body is not JSON in UTF-8: ${(error as Error).message}` };
  }
}
