import type { Admission } from "@tapio/ingest";
import { Overloaded, type SpanAttributes, type Tracer } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { tracedAdmission, tracedAppend } from "./traced-admission.ts";

interface Recorded {
  readonly name: string;
  attributes: SpanAttributes;
  error?: string;
  isEnded: boolean;
  /** How many spans were current when it began. */
  readonly depth: number;
}

function recordingTracer(): Tracer & { readonly spans: Recorded[] } {
  const spans: Recorded[] = [];
  let depth = 0;
  return {
    spans,
    startSpan(name, attributes = {}) {
      const span: Recorded = { name, attributes, isEnded: false, depth };
      spans.push(span);
      return {
        set: (more) => void (span.attributes = { ...span.attributes, ...more }),
        setError: (message) => void (span.error = message),
        run(work) {
          depth += 1;
          try {
            return work();
          } finally {
            depth -= 1;
          }
        },
        end: () => void (span.isEnded = true),
      };
    },
  };
}

const call = { signal: new AbortController().signal, source: "grpc" };

function admissionThat(submit: Admission["submit"]): Admission {
  return {
    submit,
    health: () => ({ healthy: true, message: "", details: {} }),
    pending: () => ({ groups: 0, bytes: 0 }),
    close: async () => undefined,
  };
}

describe("a submission that is traced", () => {
  it("is a span with what was submitted and what became of it, around the wait for the journal", async () => {
    const tracer = recordingTracer();
    const journal = tracedAppend({ append: async () => [{ sequence: 1, duplicate: false }] }, tracer);
    const admission = tracedAdmission(
      admissionThat(async (batch) => {
        await journal.append([{ id: "a", bytes: new Uint8Array(5) }]);
        return batch.map((_, index) =>
          index === 0 ? { status: "accepted", id: "a", sequence: 1 } : { status: "rejected", field: "f", reason: "r" },
        );
      }),
      tracer,
    );
    await admission.submit([{ bytes: new Uint8Array(5) }, { problem: { field: "f", reason: "r" } }], call);
    const counts = { "tapio.accepted": 1, "tapio.duplicate": 0, "tapio.rejected": 1 };
    expect(tracer.spans).toEqual([
      {
        ...{ name: "tapio.submit", isEnded: true, depth: 0 },
        attributes: { "tapio.source": "grpc", "tapio.records": 2, "tapio.bytes": 5, ...counts },
      },
      { name: "tapio.journal.append", isEnded: true, depth: 1, attributes: { "tapio.records": 1 } },
    ]);
  });

  it("that is refused is a span with the reason, and the refusal is the caller's", async () => {
    const tracer = recordingTracer();
    const refusal = new Overloaded("too much is waiting to be written", 1_000);
    const admission = tracedAdmission(
      admissionThat(() => Promise.reject(refusal)),
      tracer,
    );
    await expect(admission.submit([], call)).rejects.toBe(refusal);
    expect(tracer.spans).toMatchObject([{ name: "tapio.submit", error: "too much is waiting to be written", isEnded: true }]);
  });
});
