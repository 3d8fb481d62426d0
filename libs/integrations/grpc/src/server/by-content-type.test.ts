import { createConnectRouter } from "@connectrpc/connect";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { QueryService } from "@tapio/contracts/query/v1/query";
import { describe, expect, it } from "vitest";
import { byContentType, isJsonContentType } from "./by-content-type.ts";

describe("isJsonContentType", () => {
  it.each([
    "application/json",
    "application/connect+json",
    "application/grpc+json",
    "application/grpc-web+json",
    "Application/JSON; charset=utf-8",
  ])("takes %s", (type) => {
    expect(isJsonContentType(type)).toBe(true);
  });

  it.each([null, "", "application/proto", "application/grpc", "application/grpc-web+proto", "application/jsonp", "text/json"])(
    "does not take %s",
    (type) => {
      expect(isJsonContentType(type)).toBe(false);
    },
  );
});

describe("byContentType", () => {
  it("does not join handlers of two paths", () => {
    const [ingest] = createConnectRouter().service(IngestService, {}).handlers;
    const [query] = createConnectRouter().service(QueryService, {}).handlers;
    if (ingest === undefined || query === undefined) throw new Error("no handlers");
    expect(() => byContentType(ingest, query)).toThrow(/cannot join handlers/);
  });
});
