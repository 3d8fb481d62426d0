import { validateHeaderName, validateHeaderValue } from "node:http";
import { Compression } from "@tapio/contracts/integrations/otel/v1/config";
import type { OtelConfig } from "@tapio/contracts/integrations/otel/v1/config";
import { IntegrationError } from "@tapio/integration-core";
import type { OtelSettings } from "./types.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_CONNECTIONS = 2;
const RESERVED_HEADERS = new Set([
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "host",
  "expect",
]);

/**
 * Fills in the documented defaults and refuses what cannot work.
 * @throws IntegrationError `config_invalid`, naming the field.
 */
export function settingsOf(config: OtelConfig): OtelSettings {
  const tracesUrl = urlOf(config);
  const headers = headersOf(config, tracesUrl);
  const tls = { caFile: config.tls?.caFile ?? "", certFile: config.tls?.certFile ?? "", keyFile: config.tls?.keyFile ?? "" };
  if (tracesUrl.protocol === "http:" && (tls.caFile || tls.certFile || tls.keyFile)) {
    throw invalid("tls", "is set, but the URL is http://; use an https:// URL, or remove tls");
  }
  if ((tls.certFile === "") !== (tls.keyFile === "")) {
    const missing = tls.certFile === "" ? "cert_file" : "key_file";
    throw invalid(`tls.${missing}`, "is missing; cert_file and key_file go together");
  }
  return {
    tracesUrl,
    displayUrl: tracesUrl.origin + tracesUrl.pathname,
    headers,
    secrets: secretsOf(headers, tracesUrl),
    timeoutMs: config.timeout === undefined ? DEFAULT_TIMEOUT_MS : Number(config.timeout.seconds) * 1000 + config.timeout.nanos / 1e6,
    gzip: config.compression !== Compression.NONE,
    connections: config.connections === 0 ? DEFAULT_CONNECTIONS : config.connections,
    resourceAttributes: Object.entries(config.resourceAttributes).map(([key, value]) => ({ key, value })),
    tls,
  };
}

export function invalid(field: string, problem: string, cause?: unknown): IntegrationError {
  return new IntegrationError({
    integration: "otel",
    operation: "initialize",
    code: "config_invalid",
    message: `${field}: ${problem}`,
    cause,
  });
}

function urlOf(config: OtelConfig): URL {
  const [field, text] = config.tracesEndpoint === "" ? ["endpoint", config.endpoint] : ["traces_endpoint", config.tracesEndpoint];
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw invalid(field, "must be an http:// or https:// URL, e.g. http://localhost:4318");
  }
  if (field === "endpoint") url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  url.hash = "";
  return url;
}

function headersOf(config: OtelConfig, url: URL): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers["authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  for (const [name, value] of Object.entries(config.headers)) {
    const lower = name.toLowerCase();
    if (RESERVED_HEADERS.has(lower)) throw invalid(`headers["${name}"]`, "is set by the integration itself; remove it");
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw invalid(`headers["${name}"]`, "is no valid HTTP header; check for line breaks and non-ASCII characters");
    }
    headers[lower] = value;
  }
  return headers;
}

/** Receivers echo what they were sent; whatever may be a credential is kept out of messages, with and without its scheme. */
function secretsOf(headers: Readonly<Record<string, string>>, url: URL): readonly string[] {
  const values = Object.values(headers).flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)]);
  return [...new Set([...values, url.password, decodeURIComponent(url.password)])].filter((value) => value.length >= 4);
}
