import { lookup as dnsLookup } from "node:dns";
import { create } from "@bufbuild/protobuf";
import { RecordSchema, type Record as TapioRecord } from "@tapio/contracts/domain/v1/record";
import type { WebhooksConfig } from "@tapio/contracts/integrations/webhooks/v1/config";
import { failed, IntegrationError, type Integration, type Outcome } from "@tapio/integration-core";
import { describeFailure, INTEGRATION_NAME } from "./core/errors.ts";
import type { Lookup, Poster } from "./core/interfaces.ts";
import type { OutgoingWebhook } from "./core/types.ts";
import { readCaFile } from "./sender/ca-file.ts";
import { createHttpPoster } from "./sender/http-poster.ts";
import { encodeMessage, encodePayload } from "./sender/payload.ts";
import { createSender, type Sender } from "./sender/sender.ts";
import { resolveSettings, type SenderSettings } from "./sender/sender-settings.ts";

export interface WebhooksIntegrationOptions {
  /** Resolves host names. Default: `dns.lookup`. Whatever it answers is checked before it is dialled. */
  readonly lookup?: Lookup;
}

interface Opened {
  readonly settings: SenderSettings;
  readonly poster: Poster;
  readonly sender: Sender;
}

/** Posts each record as a signed webhook (Standard Webhooks 1.0.0). */
export function createWebhooksIntegration(options: WebhooksIntegrationOptions = {}): Integration<WebhooksConfig> {
  let opened: Opened | undefined;
  let closed = false;

  const deliver = (webhooks: readonly OutgoingWebhook[], signal: AbortSignal): Promise<readonly Outcome[]> => {
    if (opened !== undefined && !closed) return opened.sender.deliver(webhooks, signal);
    const outcome = failed(notOpen(closed));
    return Promise.resolve(webhooks.map(() => outcome));
  };
  const deliverOne = async (kind: TapioRecord["kind"] & { value: { id: string } }, signal: AbortSignal): Promise<Outcome> => {
    const webhook = { id: kind.value.id, encode: () => encodeMessage(create(RecordSchema, { kind })) };
    const [outcome] = await deliver([webhook], signal);
    return outcome ?? failed(notOpen(closed));
  };

  return {
    name: INTEGRATION_NAME,

    async initialize(config, { clock }) {
      const settings = resolveSettings(config);
      const ca = await readCaFile(config.caFile);
      if (closed) throw notOpen(true);
      const poster = createHttpPoster(settings, options.lookup ?? dnsLookup, ca);
      opened = { settings, poster, sender: createSender(settings, poster, () => clock.now()) };
    },

    processEvent: (event, call) => deliverOne({ case: "event", value: event }, call.signal),
    processFinding: (finding, call) => deliverOne({ case: "finding", value: finding }, call.signal),
    processCorrelation: (correlation, call) => deliverOne({ case: "correlation", value: correlation }, call.signal),
    processBatch: (records, call) =>
      deliver(
        records.map((view) => ({ id: view.header.id, encode: () => encodePayload(view) })),
        call.signal,
      ),

    async health({ signal }) {
      if (opened === undefined || closed) return { healthy: false, message: notOpen(closed).message, details: {} };
      const endpoint = opened.settings.displayUrl;
      try {
        const address = await opened.poster.probe(signal);
        return { healthy: true, message: "", details: { endpoint, address } };
      } catch (error) {
        return { healthy: false, message: `cannot connect: ${describeFailure(error)}`, details: { endpoint } };
      }
    },

    async close() {
      closed = true;
      await opened?.sender.close();
    },
  };
}

function notOpen(closed: boolean): IntegrationError {
  return new IntegrationError({
    integration: INTEGRATION_NAME,
    operation: "POST",
    code: closed ? "canceled" : "internal",
    message: closed ? "the destination is closed" : "the destination is not initialized",
  });
}
