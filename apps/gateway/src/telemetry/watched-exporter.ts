import { ExportResultCode } from "@opentelemetry/core";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger, Meter } from "@tapio/integration-core";

/** Counts what was sent and what was not, and says when it begins to fail and when it works again: the SDK itself would say nothing. */
export function watchedExporter(exporter: SpanExporter, logger: Logger, meter: Meter): SpanExporter {
  const spans = meter.counter("tapio_traces_spans_total", "Spans of the gateway's own work, by what became of them.", ["result"]);
  let failing = false;
  return {
    export(batch, done) {
      exporter.export(batch, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS;
        spans.add(batch.length, { result: hasFailed ? "failed" : "sent" });
        if (hasFailed && !failing)
          logger.warn({ error: result.error?.message }, "the gateway's own traces cannot be sent; what they hold is lost");
        if (!hasFailed && failing) logger.info({}, "the gateway's own traces are sent again");
        failing = hasFailed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
