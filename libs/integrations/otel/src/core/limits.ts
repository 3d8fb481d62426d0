/** What one span and one request may hold at most. Whatever is left out is counted in the span's `dropped_*_count`. */
export const LIMITS = {
  /** Attributes of a span; the default of OpenTelemetry's SDKs. */
  spanAttributesMax: 128,
  /** Attributes of a link or of a span event. */
  partAttributesMax: 16,
  /** Code units of an attribute's key; a longer one is dropped, since a shortened key could collide with another. */
  keyLengthMax: 256,
  /** Code units of a string; longer ones are cut. */
  valueLengthMax: 4096,
  /** Items of an array attribute; the rest is cut. */
  arrayItemsMax: 64,
  /** Levels of `data` that become attribute names; what lies deeper is dropped. */
  dataDepthMax: 8,
  /** Resources of a record that become attributes. */
  resourcesMax: 16,
  linksMax: 256,
  spanEventsMax: 128,
  /** Code units of `tracestate`; W3C asks for at least 512 to be passed on. */
  traceStateLengthMax: 512,
  /** Bytes of an uncompressed request (OTLP's own default limit of receivers); a larger one is split. */
  requestBytesMax: 64 * 1024 * 1024,
  /** Bytes of a response that are read. */
  responseBytesMax: 4 * 1024 * 1024,
  /** Requests that one attempt may spend on finding the records that the receiver refuses. */
  bisectRequestsMax: 128,
  /** Characters of a response's text that go into an error's message. */
  excerptLengthMax: 200,
} as const;
