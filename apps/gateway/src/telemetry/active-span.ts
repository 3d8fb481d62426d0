import { AsyncLocalStorage } from "node:async_hooks";

/** The span in which the running code works. */
export interface ActiveSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** False: it belongs to a trace that is not kept, so that log lines need not name it. */
  readonly isKept: boolean;
}

/** Apart from the tracer, so that the log knows of spans without loading what makes them. */
export const activeSpans = new AsyncLocalStorage<ActiveSpan>();

/** What a log line says of the span in which it was written. */
export function spanFields(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const span = activeSpans.getStore();
  return span?.isKept === true ? { trace_id: span.traceId, span_id: span.spanId } : undefined;
}
