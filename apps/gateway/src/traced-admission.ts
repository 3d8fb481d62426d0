import type { Admission } from "@tapio/ingest";
import type { SubmitResult, SubmittedRecord, Tracer } from "@tapio/integration-core";
import type { Journal } from "@tapio/journal";

/** The journal as admission uses it, with a span for the wait until a group is durable. */
export function tracedAppend(journal: Pick<Journal, "append">, tracer: Tracer): Pick<Journal, "append"> {
  return {
    append: (group) => traced(tracer, "tapio.journal.append", { "tapio.records": group.length }, () => journal.append(group)),
  };
}

/** The door to the journal, with a span for each submission. */
export function tracedAdmission(admission: Admission, tracer: Tracer): Admission {
  return {
    ...admission,
    submit: (batch, call) => {
      const attributes = { "tapio.source": call.source, "tapio.records": batch.length, "tapio.bytes": bytesOf(batch) };
      return traced(tracer, "tapio.submit", attributes, () => admission.submit(batch, call), tallyOf);
    },
  };
}

type Attributes = Readonly<Record<string, string | number>>;

async function traced<T>(
  tracer: Tracer,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  resultOf?: (result: T) => Attributes,
): Promise<T> {
  const span = tracer.startSpan(name, attributes);
  try {
    const result = await span.run(work);
    if (resultOf !== undefined) span.set(resultOf(result));
    return result;
  } catch (reason) {
    span.setError(reason instanceof Error ? reason.message : String(reason));
    throw reason;
  } finally {
    span.end();
  }
}

function bytesOf(batch: readonly SubmittedRecord[]): number {
  return batch.reduce((sum, record) => sum + ("bytes" in record ? record.bytes.byteLength : 0), 0);
}

function tallyOf(results: readonly SubmitResult[]): Attributes {
  const tally = { "tapio.accepted": 0, "tapio.duplicate": 0, "tapio.rejected": 0 };
  for (const { status } of results) tally[`tapio.${status}`] += 1;
  return tally;
}
