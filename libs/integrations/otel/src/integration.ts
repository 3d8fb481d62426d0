import type { OtelConfig } from "@tapio/contracts/integrations/otel/v1/config";
import { failed, IntegrationError } from "@tapio/integration-core";
import type { Integration, Outcome } from "@tapio/integration-core";
import { settingsOf } from "./core/settings.ts";
import { createHttpTransport } from "./exporter/http-transport.ts";
import { createOtelSession } from "./exporter/otel-session.ts";
import type { OtelSession, OtelSessionLimits } from "./exporter/otel-session.ts";
import { readTlsFiles } from "./exporter/tls-files.ts";
import type { RecordBodyOf } from "./processor/write-span.ts";

/** For code that embeds the integration; users have the config. Absent: the defaults of README.md. */
export type OtelIntegrationOptions = Partial<OtelSessionLimits>;

/** Sends records to an OpenTelemetry receiver as OTLP spans. One object serves one destination. */
export function createOtelIntegration(options: OtelIntegrationOptions = {}): Integration<OtelConfig> {
  let session: OtelSession | undefined;
  let isClosed = false;

  async function deliverOne(record: RecordBodyOf, signal: AbortSignal): Promise<Outcome> {
    if (session === undefined) return notOpen();
    const [outcome] = await session.deliver([() => record], signal);
    return outcome ?? notOpen();
  }

  function notOpen(): Outcome {
    const message = isClosed ? "the destination is closed" : "initialize was not called";
    return failed(new IntegrationError({ integration: "otel", operation: "deliver", code: isClosed ? "canceled" : "internal", message }));
  }

  return {
    name: "otel",
    async initialize(config, context) {
      const settings = settingsOf(config);
      const transport = createHttpTransport(settings, await readTlsFiles(settings.tls));
      session = createOtelSession({ settings, transport, context, limits: options });
      if (isClosed) await session.close();
    },
    processEvent: (event, call) => deliverOne({ case: "event", value: event }, call.signal),
    processFinding: (finding, call) => deliverOne({ case: "finding", value: finding }, call.signal),
    processCorrelation: (correlation, call) => deliverOne({ case: "correlation", value: correlation }, call.signal),
    async processBatch(records, call) {
      if (session === undefined) return records.map(notOpen);
      return session.deliver(
        records.map((record) => () => record.decodedOnce().kind),
        call.signal,
      );
    },
    async health(call) {
      if (session === undefined) return { healthy: false, message: isClosed ? "closed" : "not initialized", details: {} };
      return session.health(call.signal);
    },
    async close() {
      isClosed = true;
      await session?.close();
    },
  };
}
