import { expect, it } from "vitest";
import { contentType, negotiate } from "./content-type.ts";

const prometheus3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
const prometheus2 =
  "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

it.each([
  [undefined, "text"],
  ["", "text"],
  ["*/*", "text"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
  ["text/plain", "text"],
  ["application/openmetrics-text", "openmetrics"],
  ["Application/OpenMetrics-Text; Version=1.0.0; Q=0.5, TEXT/plain; q=0.4", "openmetrics"],
  ['application/openmetrics-text; version="1.0.0"', "openmetrics"],
  ["application/openmetrics-text;version=0.0.1", "text"],
  ["application/openmetrics-text;version=2.0.0", "text"],
  [prometheus2, "openmetrics"],
  [prometheus3, "openmetrics"],
  ["application/openmetrics-text;q=0.5,text/plain;q=0.5", "openmetrics"],
  ["application/openmetrics-text;q=0.4,text/plain;q=0.5", "text"],
  ["application/openmetrics-text;q=0", "text"],
  ["application/openmetrics-text;q=0,*/*", "text"],
  ["application/openmetrics-text;q=0.1,*/*", "text"],
  ["application/openmetrics-text;q=0.1,text/*;q=0.2", "text"],
  ["application/openmetrics-text;q=0.5,text/plain;q=0.1,*/*", "openmetrics"],
  ["application/openmetrics-text;q=1.000", "openmetrics"],
  ["application/openmetrics-text;q=1.5", "text"],
  ["application/openmetrics-text;q=high,text/plain;q=0.1", "text"],
  [",;,q=;;", "text"],
])("Accept: %s gets %s", (accept, format) => {
  expect(negotiate(accept)).toBe(format);
});

it("the content types are those of the two specifications", () => {
  expect(contentType("text")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(contentType("openmetrics")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
});
