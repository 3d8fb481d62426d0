import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Compression, OtelConfigSchema } from "@tapio/contracts/integrations/otel/v1/config";
import { describe, expect, it } from "vitest";
import { settingsOf } from "./settings.ts";
import type { OtelSettings } from "./types.ts";
import { VERSION } from "./version.ts";

function settings(init: MessageInitShape<typeof OtelConfigSchema>): OtelSettings {
  return settingsOf(create(OtelConfigSchema, { endpoint: "http://localhost:4318", ...init }));
}

describe("settingsOf", () => {
  it("fills in the documented defaults", () => {
    expect(settings({})).toEqual({
      tracesUrl: new URL("http://localhost:4318/v1/traces"),
      displayUrl: "http://localhost:4318/v1/traces",
      headers: {},
      secrets: [],
      timeoutMs: 10_000,
      gzip: true,
      connections: 2,
      resourceAttributes: [],
      tls: { caFile: "", certFile: "", keyFile: "" },
    });
  });

  it("takes what is configured", () => {
    const given = settings({
      headers: { "X-Api-Key": "k-12345" },
      timeout: { seconds: 1n, nanos: 500_000_000 },
      compression: Compression.NONE,
      connections: 7,
      resourceAttributes: { "deployment.environment.name": "prod" },
    });
    expect(given).toMatchObject({
      headers: { "x-api-key": "k-12345" },
      timeoutMs: 1500,
      gzip: false,
      connections: 7,
      resourceAttributes: [{ key: "deployment.environment.name", value: "prod" }],
    });
    expect(settings({ compression: Compression.GZIP }).gzip).toBe(true);
  });

  it.each([
    ["http://h:4318", "", "http://h:4318/v1/traces"],
    ["http://h:4318/", "", "http://h:4318/v1/traces"],
    ["https://h/otlp//", "", "https://h/otlp/v1/traces"],
    ["https://h/otlp?tenant=a#x", "", "https://h/otlp/v1/traces?tenant=a"],
    ["http://h", "https://other/spans", "https://other/spans"],
    ["http://h", "https://other", "https://other/"],
  ])("sends from endpoint %s and traces_endpoint %j to %s", (endpoint, tracesEndpoint, url) => {
    expect(settings({ endpoint, tracesEndpoint }).tracesUrl.href).toBe(url);
  });

  it("turns credentials in the URL into a header, and shows neither them nor the query", () => {
    const given = settings({ endpoint: "http://user:p%40ssw0rd@h:1?key=secret" });
    expect(given.headers).toEqual({ authorization: "Basic dXNlcjpwQHNzdzByZA==" });
    expect(given.displayUrl).toBe("http://h:1/v1/traces");
    expect(given.secrets).toEqual(expect.arrayContaining(["dXNlcjpwQHNzdzByZA==", "p@ssw0rd", "p%40ssw0rd"]));
  });

  it.each([
    [{ endpoint: "localhost:4318" }, /^endpoint: must be an http/],
    [{ tracesEndpoint: "ftp://h" }, /^traces_endpoint: must be an http/],
    [{ headers: { "Content-Type": "text/plain" } }, /^headers\["Content-Type"\]: is set by the integration/],
    [{ headers: { "bad name": "x" } }, /^headers\["bad name"\]: is no valid HTTP header/],
    [{ headers: { key: "line\nbreak" } }, /^headers\["key"\]: is no valid HTTP header/],
    [{ tls: { caFile: "/ca.pem" } }, /^tls: is set, but the URL is http/],
    [{ endpoint: "https://h", tls: { certFile: "/c.pem" } }, /^tls\.key_file: is missing/],
    [{ endpoint: "https://h", tls: { keyFile: "/k.pem" } }, /^tls\.cert_file: is missing/],
  ])("refuses %j", (init, message) => {
    expect(() => settings(init)).toThrow(
      expect.objectContaining({ code: "config_invalid", integration: "otel", message: expect.stringMatching(message) as string }),
    );
  });

  it("does not show a header's value when it refuses it", () => {
    expect(() => settings({ headers: { key: "s3cret\n" } })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("s3cret") as string }),
    );
  });
});

describe("VERSION", () => {
  it("is the package's", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(VERSION).toBe(manifest.version);
  });
});
