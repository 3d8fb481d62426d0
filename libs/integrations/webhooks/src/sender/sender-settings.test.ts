import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { IntegrationError } from "@tapio/integration-core";
import { describe, expect, it } from "vitest";
import { generateSecret } from "../signing/signing-secret.ts";
import { resolveSettings } from "./sender-settings.ts";

const secret = generateSecret();
type Fields = MessageInitShape<typeof WebhooksConfigSchema>;

function resolve(fields: Fields) {
  return resolveSettings(create(WebhooksConfigSchema, { url: "https://example.com/hook", secret, ...(fields as object) }));
}

function problemOf(fields: Fields): string {
  try {
    resolve(fields);
  } catch (error) {
    expect(error).toBeInstanceOf(IntegrationError);
    expect((error as IntegrationError).code).toBe("config_invalid");
    return (error as IntegrationError).message;
  }
  return "no problem";
}

describe("resolveSettings", () => {
  it("fills in 15 s and 8 requests at the same time", () => {
    expect(resolve({})).toMatchObject({
      timeoutMs: 15_000,
      concurrency: 8,
      placeWaitMsMax: 40_000,
      headers: [],
      displayUrl: "https://example.com/hook",
    });
  });

  it("takes what is configured", () => {
    const settings = resolve({ timeout: { seconds: 1n, nanos: 500_000_001 }, concurrency: 2, headers: { "x-team": "core" } });
    expect(settings).toMatchObject({ timeoutMs: 1501, concurrency: 2, headers: ["x-team", "core"] });
  });

  it.each([
    [5n, 50_000],
    [50n, 5000],
    [300n, 1000],
  ])(
    "with a timeout of %i s lets a record wait %i ms for its turn, to end before the runtime's 60 s where that can be",
    (seconds, expected) => {
      expect(resolve({ timeout: { seconds } }).placeWaitMsMax).toBe(expected);
    },
  );

  it("signs with the secrets of before as well", () => {
    const signature = resolve({ previousSecrets: [generateSecret(), generateSecret()] }).signer.sign({
      id: "a",
      timestampSeconds: 1,
      body: new Uint8Array(),
    });
    expect(signature["webhook-signature"].split(" ")).toHaveLength(3);
  });

  it("shows the URL without its query", () => {
    expect(resolve({ url: "https://example.com/a/b?token=hunter2#x" }).displayUrl).toBe("https://example.com/a/b");
  });

  it.each<[Fields, RegExp | string]>([
    [{ url: "not a url" }, /^url: must be an http:\/\/ or https:\/\/ URL/],
    [{ url: "ftp://example.com" }, /^url: must be an http:\/\/ or https:\/\/ URL/],
    [{ url: "https://user:hunter2@example.com/" }, /^url: must not hold a user name or password; put them into headers/],
    [
      { url: "http://example.com/hook?token=hunter2" },
      /^url: http:\/\/example.com\/hook would travel unencrypted; use https:\/\/, or dangerously_allow_http/,
    ],
    [{ url: "http://10.0.0.1/", allowedCidrs: ["10.0.0.0/8"] }, /^url: .* would travel unencrypted/],
    [{ url: "http://127.0.0.1:9000/" }, /^url: 127.0.0.1 is not on the public internet \(loopback\); add its range to allowed_cidrs/],
    [{ url: "http://0x7f.1/" }, /^url: 127.0.0.1 is not on the public internet/],
    [{ url: "http://2130706433/" }, /^url: 127.0.0.1 is not on the public internet/],
    [{ url: "https://[::ffff:127.0.0.1]/" }, /^url: ::ffff:7f00:1 is not on the public internet/],
    [{ url: "https://[::1]/" }, /^url: ::1 is not on the public internet/],
    [{ url: "http://localhost:9000/" }, /^url: 127.0.0.1 is not on the public internet/],
    [{ url: "https://10.0.0.1/" }, /^url: 10.0.0.1 is not on the public internet \(private\)/],
    [{ url: "https://169.254.169.254/", allowedCidrs: ["0.0.0.0/0"] }, /^url: 169.254.169.254 is a link-local or metadata address/],
    [{ allowedCidrs: ["10.0.0.0/8", "ten"] }, 'allowed_cidrs[1]: "ten" is no address range such as 10.0.0.0/8 or fd00::/8'],
    [{ secret: "whsec_AAAA" }, "secret: the secret must hold 24 to 64 bytes; it holds 3"],
    [{ previousSecrets: [secret, "hunter2"] }, 'previous_secrets[1]: the secret must start with "whsec_"'],
    [{ headers: { "Webhook-Id": "hunter2" } }, 'headers["Webhook-Id"]: is set by Tapio and cannot be configured; remove it'],
  ])("refuses case %#, names the field and what to do, and shows no secret", (fields, expected) => {
    const problem = problemOf(fields);
    expect(problem).toMatch(expected);
    expect(problem).not.toContain("hunter2");
  });

  it.each<[Fields]>([
    [{ url: "http://127.0.0.1:9000/", allowedCidrs: ["127.0.0.0/8"] }],
    [{ url: "http://[::1]:9000/", allowedCidrs: ["::1/128"] }],
    [{ url: "http://localhost:9000/", allowedCidrs: ["127.0.0.0/8"] }],
    [{ url: "http://hook.localhost./", allowedCidrs: ["::1/128"] }],
    [{ url: "http://example.com/", dangerouslyAllowHttp: true }],
    [{ url: "http://10.0.0.1/", dangerouslyAllowHttp: true, allowedCidrs: ["10.0.0.0/8"] }],
    [{ url: "https://8.8.8.8/" }],
  ])("takes case %#", (fields) => {
    expect(problemOf(fields)).toBe("no problem");
  });

  it.each([
    "webhook-signature",
    "Webhook-Anything",
    "content-type",
    "Content-Length",
    "content-encoding",
    "Host",
    "User-Agent",
    "connection",
    "proxy-connection",
    "keep-alive",
    "Transfer-Encoding",
    "TE",
    "trailer",
    "upgrade",
    "expect",
    "date",
  ])("refuses to be told %s", (name) => {
    expect(problemOf({ headers: { [name]: "x" } })).toBe(
      `headers[${JSON.stringify(name)}]: is set by Tapio and cannot be configured; remove it`,
    );
  });

  it.each([
    ["x y", "is no header name"],
    ["", "is no header name"],
    ["x\r\nwebhook-id", "is no header name"],
  ])("refuses the header name %j", (name, problem) => {
    expect(problemOf({ headers: { [name]: "x" } })).toBe(`headers[${JSON.stringify(name)}]: ${problem}`);
  });

  it.each(["a\r\nwebhook-id: b", "a\u0000b", "snow \u2603", "a\u007fb"])("refuses the header value %j, and does not repeat it", (value) => {
    expect(problemOf({ headers: { "x-token": value } })).toBe(
      'headers["x-token"]: has a value with a line break or another character that no header can carry',
    );
  });
});
