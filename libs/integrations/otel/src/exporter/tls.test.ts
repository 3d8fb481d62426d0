import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OtelConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import type { TlsConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import type { Outcome } from "@tapio/integration-core";
import { createHttpReceiver, createIntegrationContext, sampleEvent } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createOtelIntegration } from "../integration.ts";

// A self-signed certificate for 127.0.0.1 and localhost, made for these tests alone.
const certFile = fileURLToPath(new URL("../testdata/tls/loopback-cert.pem", import.meta.url));
const keyFile = fileURLToPath(new URL("../testdata/tls/loopback-key.pem", import.meta.url));

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startTlsReceiver(requestCert = false): Promise<string> {
  const server = createServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(certFile), requestCert },
    (request, response) => {
      request.resume().on("end", () => response.end());
    },
  ).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function deliverTo(endpoint: string, tls: MessageInitShape<typeof TlsConfigSchema>): Promise<Outcome> {
  const integration = createOtelIntegration();
  cleanups.push(() => integration.close());
  await integration.initialize(create(OtelConfigSchema, { endpoint, tls }), createIntegrationContext());
  return integration.processEvent(sampleEvent(), { signal: new AbortController().signal, deliveryId: "d", attempt: 1 });
}

describe("TLS", () => {
  it("trusts the authorities of ca_file", async () => {
    expect(await deliverTo(await startTlsReceiver(), { caFile: certFile })).toEqual({ kind: "delivered" });
  });

  it("shows the certificate of cert_file to a receiver that asks for one", async () => {
    const url = await startTlsReceiver(true);
    expect(await deliverTo(url, { caFile: certFile, certFile, keyFile })).toEqual({ kind: "delivered" });
    expect(await deliverTo(url, { caFile: certFile })).toMatchObject({ kind: "failed", error: { code: "unavailable" } });
  });

  it("is unavailable with a hint when the receiver's certificate is not trusted", async () => {
    const outcome = await deliverTo(await startTlsReceiver(), {});
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { code: "unavailable", message: expect.stringContaining("check tls.ca_file") as string },
    });
  });

  it("is unavailable with a hint when the receiver speaks plain HTTP", async () => {
    const receiver = await createHttpReceiver();
    cleanups.push(() => receiver.close());
    const outcome = await deliverTo(receiver.url.replace("http:", "https:"), {});
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { code: "unavailable", message: expect.stringContaining("TLS failed") as string },
    });
  });

  it.each([
    [{ caFile: "/no/such/ca.pem" }, /^tls\.ca_file: cannot read \/no\/such\/ca\.pem: ENOENT/],
    [{ certFile: "/no/such/cert.pem", keyFile }, /^tls\.cert_file: cannot read \/no\/such\/cert\.pem/],
    [{ certFile, keyFile: "/no/such/key.pem" }, /^tls\.key_file: cannot read \/no\/such\/key\.pem/],
    [{ caFile: keyFile }, /^tls\.ca_file: .* is not usable/],
    [{ certFile, keyFile: certFile }, /^tls\.key_file: .* is not usable/],
    [{ certFile: keyFile, keyFile }, /^tls\.cert_file: .* is not usable/],
  ])("refuses to start with %j", async (tls, message) => {
    await expect(deliverTo("https://127.0.0.1:1", tls)).rejects.toMatchObject({
      name: "IntegrationError",
      code: "config_invalid",
      message: expect.stringMatching(message) as string,
    });
  });
});
