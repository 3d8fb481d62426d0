import { createHttpReceiver, type HttpReceiver } from "@tapio/testing";
import { Webhook } from "standardwebhooks";

export interface ReceivedHook {
  readonly id: string;
  readonly type: string;
  readonly payload: unknown;
}

/** A local receiver that believes only what the `standardwebhooks` package believes. */
export interface VerifyingWebhookReceiver {
  readonly url: string;
  /** Every webhook that was verified, repetitions included. */
  hooks(): readonly ReceivedHook[];
  /** How many requests were refused because their signature was wrong. */
  refusedCount(): number;
  readonly http: HttpReceiver;
  close(): Promise<void>;
}

export async function createVerifyingWebhookReceiver(secret: string): Promise<VerifyingWebhookReceiver> {
  const webhook = new Webhook(secret);
  const hooks: ReceivedHook[] = [];
  let refused = 0;
  const http = await createHttpReceiver({
    respond: ({ body, headers }) => {
      try {
        const payload = webhook.verify(Buffer.from(body).toString("utf8"), { ...headers }) as { readonly type: string };
        hooks.push({ id: headers["webhook-id"] ?? "", type: payload.type, payload });
        return { status: 204 };
      } catch {
        refused += 1;
        return { status: 401 };
      }
    },
  });
  return { url: `${http.url}/hook`, hooks: () => hooks, refusedCount: () => refused, http, close: () => http.close() };
}
