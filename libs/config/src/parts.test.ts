import { create, ScalarType } from "@bufbuild/protobuf";
import { DestinationConfigSchema, GatewayConfigSchema, ListenerConfigSchema } from "@tapio/contracts/gateway/v1/config";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { describe, expect, it } from "vitest";
import { expandScalar } from "./expand.ts";
import { parseBytes, parseDuration } from "./quantities.ts";
import { redactedJson } from "./redact.ts";
import { convertScalar } from "./scalar.ts";

describe("references", () => {
  const context = { env: { A: "1", EMPTY: "" }, readFile: (path: string) => `<${path}>\r\n` };

  it.each([
    ["plain", { ok: true, text: "plain" }],
    ["x-${A}-${A}", { ok: true, text: "x-1-1" }],
    ["${B:-two}", { ok: true, text: "two" }],
    ["${EMPTY:-two}", { ok: true, text: "two" }],
    ["$${A} costs $5", { ok: true, text: "${A} costs $5" }],
    ["file:${A}.txt", { ok: true, text: "<1.txt>" }],
    ["${B}", { ok: false, message: "the environment variable B is not set" }],
    ["${EMPTY}", { ok: false, message: "the environment variable EMPTY is empty" }],
    [
      "${not a name}",
      { ok: false, message: 'has a "${" that is no reference: write ${NAME}, ${NAME:-default}, or $${ for the text itself' },
    ],
  ])("in %s", (text, expected) => {
    expect(expandScalar(text, context)).toEqual(expected);
  });
});

describe("quantities", () => {
  it.each([
    ["500ms", 500_000_000n],
    ["5m", 300_000_000_000n],
    ["1h30m", 5_400_000_000_000n],
    ["1.5s", 1_500_000_000n],
    ["0", 0n],
    ["2d", 172_800_000_000_000n],
    ["5", undefined],
    ["-5s", undefined],
    ["5 s", undefined],
  ])("the duration %s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    ["4096", 4_096n],
    ["64MiB", 67_108_864n],
    ["1GB", 1_000_000_000n],
    ["2 kB", 2_000n],
    ["1.5MB", undefined],
    ["MiB", undefined],
  ])("the size %s", (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });
});

describe("scalars", () => {
  it.each([
    [ScalarType.STRING, 5, { ok: false, message: "must be text, not a number: put it in quotes" }],
    [ScalarType.BOOL, "true", { ok: true, value: true }],
    [ScalarType.BOOL, 1, { ok: false, message: "must be true or false, not a number" }],
    [ScalarType.BOOL, false, { ok: true, value: false }],
    [ScalarType.DOUBLE, "1.5", { ok: true, value: 1.5 }],
    [ScalarType.DOUBLE, "x", { ok: false, message: "must be a number, not this text" }],
    [ScalarType.UINT32, -1, { ok: false, message: "must be between 0 and 4294967295" }],
    [ScalarType.UINT32, 1.5, { ok: false, message: "must be a whole number, not a number" }],
    [ScalarType.INT32, "-7", { ok: true, value: -7 }],
    [ScalarType.INT64, 9n, { ok: true, value: 9n }],
    [ScalarType.UINT64, "18446744073709551616", { ok: false, message: "must be between 0 and 18446744073709551615" }],
    [ScalarType.BYTES, "x", { ok: false, message: "cannot be written in YAML" }],
  ] as const)("of type %s from %s", (type, value, expected) => {
    expect(convertScalar(type, value, false)).toEqual(expected);
  });
});

describe("redaction", () => {
  it("hides secrets, lists of them and the values of maps, and keeps all else", () => {
    const config = create(GatewayConfigSchema, {
      server: {
        listeners: [create(ListenerConfigSchema, { address: "127.0.0.1:1", auth: { tokens: ["t1", "t2"], cidrs: ["10.0.0.0/8"] } })],
      },
      destinations: [
        create(DestinationConfigSchema, {
          name: "a",
          retry: { maxAge: { seconds: 5n } },
          integration: {
            case: "webhooks",
            value: create(WebhooksConfigSchema, { url: "https://x.test", secret: "s", headers: { authorization: "t" } }),
          },
        }),
      ],
    });
    expect(redactedJson(GatewayConfigSchema, config)).toEqual({
      server: { listeners: [{ address: "127.0.0.1:1", auth: { tokens: ["***", "***"], cidrs: ["10.0.0.0/8"] } }] },
      destinations: [
        { name: "a", retry: { max_age: "5s" }, webhooks: { url: "https://x.test", secret: "***", headers: { authorization: "***" } } },
      ],
    });
  });
});
