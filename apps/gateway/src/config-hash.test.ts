import { describe, expect, it } from "vitest";
import { configHashOf } from "./config-hash.ts";
import { configOf } from "./testdata/start-test-gateway.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

function hashOf(destination: string): string {
  const [config] = configOf(`destinations: [{ ${destination} }]`).destinations;
  if (config === undefined) throw new Error("no destination");
  return configHashOf(config);
}

describe("RLD-2: the hash of a destination's configuration", () => {
  it("is the same from start to start", () => {
    expect(hashOf("name: counts, prometheus: {}")).toBe("75ff710f827cca71");
  });

  it("does not depend on the order of headers, nor on how values are written", () => {
    expect(hashOf("name: a, otel: { endpoint: http://x, headers: { k: 1a, l: 2b } }, retry: { max_age: 60s }")).toBe(
      hashOf("retry: { max_age: 1m }, otel: { headers: { l: 2b, k: 1a }, endpoint: http://x }, name: a"),
    );
  });

  it.each([
    [
      "a secret",
      `name: a, webhooks: { url: https://x.test, secret: ${secret} }`,
      `name: a, webhooks: { url: https://x.test, secret: ${secret.replace("MDEy", "MTEy")} }`,
    ],
    [
      "a header's value",
      "name: a, otel: { endpoint: http://x, headers: { k: a } }",
      "name: a, otel: { endpoint: http://x, headers: { k: b } }",
    ],
    ["a filter", "name: a, prometheus: {}", "name: a, prometheus: {}, filter: { types: [a.b] }"],
    ["the order of a list", "name: a, prometheus: {}, filter: { types: [a, b] }", "name: a, prometheus: {}, filter: { types: [b, a] }"],
  ])("is another when %s is", (_, one, other) => {
    expect(hashOf(one)).not.toBe(hashOf(other));
  });
});
