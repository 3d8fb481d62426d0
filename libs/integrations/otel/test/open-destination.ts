import { gunzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OtelConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import type { OtelConfig } from "@tapio/contracts/integrations/otel/v1/config";
import type { RecordView } from "@tapio/domain";
import type { Integration, IntegrationContext, IntegrationError, Outcome } from "@tapio/integration-core";
import { createOtelIntegration } from "@tapio/integration-otel";
import type { OtelIntegrationOptions } from "@tapio/integration-otel";
import { createHttpReceiver, createIntegrationContext, sampleViews } from "@tapio/testing";
import type { HttpReceiver, ReceivedRequest, ReceiverResponse } from "@tapio/testing";
import { attributesOf, decodedSpans, decodeRequest } from "./otlp-reference.ts";

/** What each test leaves open; the test file closes it after each. */
const cleanups: (() => Promise<unknown>)[] = [];
export function cleanUpWith(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export interface Setup {
  readonly respond?: (request: ReceivedRequest) => ReceiverResponse | Promise<ReceiverResponse>;
  readonly config?: MessageInitShape<typeof OtelConfigSchema>;
  readonly context?: Partial<IntegrationContext>;
  readonly options?: OtelIntegrationOptions;
}

export async function open(setup: Setup = {}): Promise<{ integration: Integration<OtelConfig>; receiver: HttpReceiver }> {
  const receiver = await createHttpReceiver(setup.respond === undefined ? {} : { respond: setup.respond });
  cleanups.push(() => receiver.close());
  const integration = await openAt(receiver.url, setup);
  return { integration, receiver };
}

export async function openAt(endpoint: string, setup: Setup = {}): Promise<Integration<OtelConfig>> {
  const integration = createOtelIntegration(setup.options);
  cleanups.push(() => integration.close());
  await integration.initialize(create(OtelConfigSchema, { endpoint, ...setup.config }), createIntegrationContext(setup.context));
  return integration;
}

export function deliver(
  integration: Integration<OtelConfig>,
  views: readonly RecordView[],
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly Outcome[]> {
  const deliveries = views.map((view) => ({ deliveryId: view.header.id, attempt: 1 }));
  return integration.processBatch?.(views, { signal, deliveries }) ?? Promise.resolve([]);
}

export async function failureOf(integration: Integration<OtelConfig>): Promise<IntegrationError> {
  const [outcome] = await deliver(integration, sampleViews(1));
  if (outcome?.kind !== "failed") throw new Error(`the outcome was ${String(outcome?.kind)}`);
  return outcome.error;
}

export function bodyOf(request: ReceivedRequest | undefined): Uint8Array {
  const body = request?.body ?? new Uint8Array(0);
  return request?.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

export function recordIds(request: ReceivedRequest | undefined): unknown[] {
  return decodedSpans(decodeRequest(bodyOf(request))).map((span) => attributesOf(span)["tapio.record.id"]);
}
