import { create, toJson, type JsonObject } from "@bufbuild/protobuf";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { sampleEvent } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import { startApiServer } from "../testdata/api-server.ts";

const publishPath = "/tapio.ingest.v1.IngestService/Publish";

function eventJson(id: string, message = "it happened"): JsonObject {
  const record = create(RecordSchema, { kind: { case: "event", value: sampleEvent({ id, message }) } });
  return toJson(RecordSchema, record) as JsonObject;
}

async function postJson(
  baseUrl: string,
  body: string | Uint8Array<ArrayBuffer>,
  contentType = "application/json",
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(baseUrl + publishPath, { method: "POST", headers: { "content-type": contentType }, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("Publish in JSON", () => {
  it("answers a plain POST as curl sends it", async () => {
    await using server = await startApiServer();
    const answer = await postJson(server.http1Url, JSON.stringify({ records: [eventJson("a")] }));
    expect([answer.status, answer.body]).toEqual([200, { results: [{ status: "RECORD_STATUS_ACCEPTED", id: "a", sequence: "1" }] }]);
  });

  it("refuses unknown fields, unknown enum names and things that are no records, each alone and by its field", async () => {
    await using server = await startApiServer();
    const good = eventJson("good");
    const base = good["event"] as JsonObject;
    const records = [
      { event: { ...base, id: "typo", severty: "ERROR" } },
      { event: { ...base, id: "name", severity: "WARNIN" } },
      good,
      null,
      "text",
      { event: { ...base, id: "deep", data: nested(150) } },
    ];
    const answer = await postJson(server.http1Url, JSON.stringify({ records }));
    expect(answer.status).toBe(200);
    const { results } = answer.body as { results: { status: string; field?: string; reason?: string; id?: string }[] };
    expect(results.map(({ status }) => status.replace("RECORD_STATUS_", ""))).toEqual([
      "REJECTED",
      "REJECTED",
      "ACCEPTED",
      "REJECTED",
      "REJECTED",
      "REJECTED",
    ]);
    expect(results[0]?.field).toBe("event.severty");
    expect(results[1]?.field).toBe("event.severity");
    for (const { status, reason } of results) expect(status === "RECORD_STATUS_REJECTED" ? reason : "x").not.toBe(undefined);
    expect(server.sink.taken).toHaveLength(1);
  });

  it.each([
    ["a syntax error", '{"records":[', /the request cannot be parsed: /],
    ["an unknown key beside records", '{"records":[],"recods":[]}', /key "recods" is unknown/],
    ["records that are no list", '{"records":{}}', /tapio\.ingest\.v1\.PublishRequest/],
    ["a key that stands there twice", '{"records":[],"records":[]}', /duplicate/i],
  ])("answers %s with 400 and invalid_argument", async (_what, body, message) => {
    await using server = await startApiServer();
    const answer = await postJson(server.http1Url, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "invalid_argument", message: expect.stringMatching(message) });
  });

  it("answers a body over the limit with 429 and resource_exhausted", async () => {
    await using server = await startApiServer({ maxRequestBytes: 1_000 });
    const answer = await postJson(server.http1Url, JSON.stringify({ records: [eventJson("a", "x".repeat(2_000))] }));
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([429, "resource_exhausted"]);
  });

  it("answers broken UTF-8 with 400 and invalid_argument", async () => {
    await using server = await startApiServer();
    const text = Buffer.from(JSON.stringify({ records: [eventJson("a", "\u00e9")] }), "latin1");
    const answer = await postJson(server.http1Url, new Uint8Array(text));
    expect([answer.status, answer.body]).toEqual([
      400,
      { code: "invalid_argument", message: "the request is not valid UTF-8, which JSON must be" },
    ]);
    expect(server.sink.calls).toEqual([]);
  });

  it("answers a flood of tiny values with 429 before it makes objects of them", async () => {
    await using server = await startApiServer({ maxRequestBytes: 16_000 });
    const answer = await postJson(server.http1Url, `{"records":[${"0,".repeat(2_000)}0]}`);
    expect([answer.status, answer.body]).toEqual([
      429,
      { code: "resource_exhausted", message: "the request has more than 1000 JSON values; send fewer at a time" },
    ]);
  });

  it("takes a content type with a charset", async () => {
    await using server = await startApiServer();
    const answer = await postJson(server.http1Url, '{"records":[]}', "application/json; charset=utf-8");
    expect([answer.status, answer.body]).toEqual([200, {}]);
  });
});

function nested(depth: number): JsonObject {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}
