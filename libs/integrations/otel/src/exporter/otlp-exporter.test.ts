import { describe, expect, it } from "vitest";
import type { ExportResult } from "../core/interfaces.ts";
import { createOtlpExporter } from "./otlp-exporter.ts";

const settings = { displayUrl: "http://otel:4318/v1/traces", secrets: [], timeoutMs: 10_000 };

/** What the exporter makes of a transport that throws. */
async function sendAgainst(thrown: Error, signal = new AbortController().signal): Promise<ExportResult> {
  const transport = { post: () => Promise.reject(thrown), close: () => Promise.resolve() };
  return createOtlpExporter({ transport, settings, now: () => 0 }).send(new Uint8Array(0), signal);
}

describe("an exchange that broke", () => {
  it("says that a host name does not resolve", async () => {
    const thrown = Object.assign(new Error("getaddrinfo ENOTFOUND otel"), { code: "ENOTFOUND" });
    expect(await sendAgainst(thrown)).toMatchObject({
      kind: "failed",
      error: {
        code: "unavailable",
        operation: "POST http://otel:4318/v1/traces",
        message:
          "http://otel:4318/v1/traces: the host name does not resolve; check endpoint and DNS (ENOTFOUND: getaddrinfo ENOTFOUND otel)",
        cause: thrown,
      },
    });
  });

  it("speaks of the first of several addresses", async () => {
    const first = Object.assign(new Error("connect ECONNREFUSED ::1:4318"), { code: "ECONNREFUSED" });
    const message =
      "http://otel:4318/v1/traces: nothing listens there; is the receiver running? (ECONNREFUSED: connect ECONNREFUSED ::1:4318)";
    expect(await sendAgainst(new AggregateError([first, new Error("second")]))).toMatchObject({ error: { message } });
  });

  it("is unavailable whatever was thrown", async () => {
    const message = "http://otel:4318/v1/traces: the connection failed (odd)";
    expect(await sendAgainst(new Error("odd"))).toMatchObject({ kind: "failed", error: { code: "unavailable", message } });
  });

  it.each([
    ["TimeoutError", "timeout"],
    ["AbortError", "canceled"],
  ])("through a signal that aborted with a %s is %s", async (name, code) => {
    const reason = new DOMException("the end", name);
    expect(await sendAgainst(reason, AbortSignal.abort(reason))).toMatchObject({ kind: "failed", error: { code } });
  });
});
