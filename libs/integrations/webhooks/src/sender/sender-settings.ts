import { isIP } from "node:net";
import type { WebhooksConfig } from "@tapio/contracts/integrations/webhooks/v1/config";
import { configInvalid, describeFailure } from "../core/errors.ts";
import type { AddressPolicy } from "../core/interfaces.ts";
import { createSigner, type Signer } from "../signing/signer.ts";
import { parseSecret } from "../signing/signing-secret.ts";
import { createAddressPolicy, parseCidr } from "./address-policy.ts";
import { headerProblem } from "./reserved-headers.ts";

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_CONCURRENCY = 8;
/** Below the 60 s that the runtime gives an attempt by default (`window.attempt_timeout`), the wait for a place included. */
const CALL_MS_MAX = 55_000;
const PLACE_WAIT_MS_MIN = 1_000;

/** The config with its defaults filled in, checked and taken apart. */
export interface SenderSettings {
  readonly url: URL;
  /** The URL as errors show it: without its query, which may hold a token. */
  readonly displayUrl: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  /**
   * How long a record waits for its turn. What was not sent by then is `canceled`, which is no attempt; were it left to the runtime's
   * deadline, the whole batch would count as failed, with what was delivered of it.
   */
  readonly placeWaitMsMax: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly signer: Signer;
  readonly policy: AddressPolicy;
}

/** @throws IntegrationError `config_invalid` that names the field and what to do */
export function resolveSettings(config: WebhooksConfig): SenderSettings {
  const url = resolveUrl(config);
  const timeout = config.timeout;
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : Math.ceil(Number(timeout.seconds) * 1000 + timeout.nanos / 1e6);
  return {
    url,
    displayUrl: displayUrl(url),
    timeoutMs,
    placeWaitMsMax: Math.max(PLACE_WAIT_MS_MIN, CALL_MS_MAX - timeoutMs),
    concurrency: config.concurrency === 0 ? DEFAULT_CONCURRENCY : config.concurrency,
    headers: resolveHeaders(config),
    signer: resolveSigner(config),
    policy: resolvePolicy(config, url),
  };
}

/** Origin and path. */
export function displayUrl(url: URL): string {
  return url.origin + url.pathname;
}

function resolveUrl(config: WebhooksConfig): URL {
  const url = URL.parse(config.url);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw configInvalid("url: must be an http:// or https:// URL, e.g. https://example.com/hook");
  }
  if (url.username !== "" || url.password !== "") {
    throw configInvalid("url: must not hold a user name or password; put them into headers, e.g. authorization: Basic ...");
  }
  if (url.protocol === "http:" && !config.dangerouslyAllowHttp && !isLoopbackName(url.hostname)) {
    throw configInvalid(
      `url: ${displayUrl(url)} would travel unencrypted; use https://, or dangerously_allow_http for a receiver that you trust the network to`,
    );
  }
  return url;
}

function resolveHeaders(config: WebhooksConfig): string[] {
  return Object.entries(config.headers).flatMap(([name, value]) => {
    const problem = headerProblem(name, value);
    if (problem !== undefined) throw configInvalid(`headers[${JSON.stringify(name)}]: ${problem}`);
    return [name, value];
  });
}

function resolveSigner(config: WebhooksConfig): Signer {
  const secrets = [config.secret, ...config.previousSecrets];
  secrets.forEach((secret, index) => {
    try {
      parseSecret(secret);
    } catch (error) {
      const field = index === 0 ? "secret" : `previous_secrets[${index - 1}]`;
      throw configInvalid(`${field}: ${describeFailure(error)}`);
    }
  });
  return createSigner({ secrets });
}

function resolvePolicy(config: WebhooksConfig, url: URL): AddressPolicy {
  config.allowedCidrs.forEach((cidr, index) => {
    try {
      parseCidr(cidr);
    } catch {
      throw configInvalid(`allowed_cidrs[${index}]: ${JSON.stringify(cidr)} is no address range such as 10.0.0.0/8 or fd00::/8`);
    }
  });
  const loopbackOnly = url.protocol === "http:" && !config.dangerouslyAllowHttp;
  const policy = createAddressPolicy({ allowedCidrs: config.allowedCidrs, loopbackOnly });
  refuseHopelessHost(url.hostname, policy);
  return policy;
}

/** What a name resolves to may change; a literal address and `localhost` never do, so that they are refused at the start. */
function refuseHopelessHost(hostname: string, policy: AddressPolicy): void {
  const literal = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const candidates = isIP(literal) !== 0 ? [literal] : isLocalhost(literal) ? ["127.0.0.1", "::1"] : [];
  const refusals = candidates.map(policy).flatMap((verdict) => (verdict.allowed ? [] : [verdict.reason]));
  const [reason] = refusals;
  if (reason !== undefined && refusals.length === candidates.length) throw configInvalid(`url: ${reason}`);
}

function isLoopbackName(hostname: string): boolean {
  return isLocalhost(hostname) || /^127\.[0-9.]+$/.test(hostname) || hostname === "[::1]";
}

function isLocalhost(hostname: string): boolean {
  return /^(.+\.)?localhost\.?$/.test(hostname);
}
