import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { GatewayConfigSchema, Mount } from "@tapio/contracts/gateway/v1/config";
import { silentLogger } from "@tapio/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createByteBudget } from "./http/byte-budget.ts";
import type { Port } from "./http/port.ts";
import type { Page } from "./http/router.ts";
import { openListener } from "./listeners.ts";
import { settingsOf, type GatewaySettings, type ListenerSettings } from "./settings.ts";

const certFile = fileURLToPath(new URL("./testdata/tls/cert.pem", import.meta.url));
const keyFile = fileURLToPath(new URL("./testdata/tls/key.pem", import.meta.url));
const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
const ports: Port[] = [];

afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close(0)));
});

function page(path: string): Page {
  return { path, isPublic: path === "/healthz", render: async () => ({ status: 200, headers: {}, body: "shown" }) };
}

function settings(): GatewaySettings {
  return settingsOf(create(GatewayConfigSchema, { server: { listeners: [{ address: "127.0.0.1:0" }] } }));
}

async function open(change: Partial<ListenerSettings>): Promise<number> {
  const all = settings();
  const [first] = all.listeners;
  if (first === undefined) throw new Error("settings without a listener");
  const served = {
    api: [],
    sources: [],
    metrics: page("/metrics"),
    probes: [page("/healthz")],
    budget: createByteBudget(1_000_000),
    isOpen: () => true,
  };
  const port = await openListener({ ...first, ...change }, all, served, silentLogger);
  ports.push(port);
  return port.address.port;
}

function get(port: number, path: string, options: RequestOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    httpsRequest({ host: "127.0.0.1", port, path, ca: cert, agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

describe("a listener with TLS", () => {
  it("speaks HTTP/1.1 and HTTP/2, by ALPN", async () => {
    const port = await open({ tls: { certFile, keyFile, clientCaFile: "" } });
    expect(await get(port, "/healthz")).toBe(200);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: cert });
    const status = await new Promise((resolve, reject) => {
      session.on("error", reject);
      session
        .request({ ":path": "/healthz" })
        .on("response", (headers) => resolve(headers[":status"]))
        .end();
    });
    session.destroy();
    expect(status).toBe(200);
  });

  it("turns a client away that has no certificate, where one is demanded, and survives cleartext", async () => {
    const port = await open({ tls: { certFile, keyFile, clientCaFile: certFile } });
    await expect(get(port, "/healthz")).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    expect(await get(port, "/metrics", { cert, key })).toBe(200);
  });

  it("names a file that cannot be read", async () => {
    await expect(open({ tls: { certFile, keyFile: "/no/key.pem", clientCaFile: "" } })).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringContaining("server.listeners[].tls.key_file: /no/key.pem cannot be read") as string,
    });
  });
});

describe("a listener", () => {
  it("serves what it mounts, and probes always", async () => {
    const port = await open({ mounts: new Set([Mount.API]) });
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  });

  it("names an address that this machine does not have", async () => {
    await expect(open({ host: "203.0.113.1" })).rejects.toMatchObject({
      name: "StartError",
      message: expect.stringContaining("cannot listen on 203.0.113.1:0: ") as string,
    });
  });
});

describe("settings", () => {
  it("fill every default that the contract documents", () => {
    expect(settingsOf(create(GatewayConfigSchema))).toMatchObject({
      listeners: [{ host: "127.0.0.1", port: 8080, tokens: [], tls: undefined, open: false }],
      ingest: {
        requestBytesMax: 16_777_216,
        recordBytesMax: 1_048_576,
        batchRecordsMax: 10_000,
        pendingBytesMax: 67_108_864,
        requestTimeoutMs: 30_000,
      },
      journal: {
        driver: "sqlite",
        path: "./tapio-data",
        minFreeBytes: 268_435_456,
        maxFileBytes: 0,
        dedupeRecords: 1_000_000,
        dedupeAgeMs: undefined,
      },
      retention: { maxBytes: undefined, maxAgeMs: undefined },
      shutdownDeadlineMs: 20_000,
    });
  });

  it("read addresses of both families, bounds and times", () => {
    const config = create(GatewayConfigSchema, {
      server: {
        listeners: [
          { address: "[::1]:8443", mounts: [Mount.METRICS], auth: { tokens: ["t"], cidrs: ["10.0.0.0/8"], pathTokens: ["p"] } },
          { address: "localhost:0" },
        ],
      },
      journal: { driver: { case: "memory", value: {} }, retention: { maxBytes: 5n, maxAge: { seconds: 60n } } },
      ingest: { dedupeAge: { seconds: 3_600n } },
      shutdownDeadline: { seconds: 0n, nanos: 500_000_000 },
    });
    expect(settingsOf(config)).toMatchObject({
      listeners: [
        { host: "::1", port: 8443, tokens: ["t"], cidrs: ["10.0.0.0/8"], pathTokens: ["p"] },
        { host: "localhost", port: 0 },
      ],
      journal: { driver: "memory", recordsMax: 100_000, dedupeAgeMs: 3_600_000 },
      retention: { maxBytes: 5, maxAgeMs: 60_000 },
      shutdownDeadlineMs: 500,
    });
  });
});
