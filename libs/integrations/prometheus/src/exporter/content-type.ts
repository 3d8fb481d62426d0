import type { ExpositionFormat } from "../core/types.ts";

const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The `Content-Type` to send with `render(format)`. */
export function contentType(format: ExpositionFormat): string {
  return contentTypes[format];
}

/** The ranges that cover `text/plain`, the most specific first. */
const textRanges = ["text/plain", "text/*", "*/*"];

/** Which format an `Accept` header asks for (RFC 9110, 12.5.1): OpenMetrics only if it is named and weighs no less than text. */
export function negotiate(acceptHeader: string | undefined): ExpositionFormat {
  let openMetrics = 0;
  const textWeights = new Map<string, number>();
  for (const range of (acceptHeader ?? "").split(",")) {
    const [mediaType = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = weightOf(parameters);
    if (mediaType === "application/openmetrics-text" && isVersionOne(parameters)) openMetrics = Math.max(openMetrics, weight);
    textWeights.set(mediaType, Math.max(textWeights.get(mediaType) ?? 0, weight));
  }
  const covering = textRanges.find((range) => textWeights.has(range));
  const text = covering === undefined ? 0 : (textWeights.get(covering) ?? 0);
  return openMetrics > 0 && openMetrics >= text ? "openmetrics" : "text";
}

function isVersionOne(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice("version=".length);
  return version === undefined || /^"?1\.[0-9]+\.[0-9]+"?$/.test(version);
}

/** A weight that is not written as the RFC has it counts as zero: the range is not wanted. */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice("q=".length);
  if (weight === undefined) return 1;
  return /^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
}
