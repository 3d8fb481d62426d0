import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { RecordFilterSchema, RecordSchema } from "@tapio/contracts/domain/v1/record";
import { Severity } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { viewOf } from "../create-record-view.ts";
import { encodeRecord } from "../encode/encode-record.ts";
import type { RecordView } from "../record-view.ts";
import { compileFilter } from "./compile-filter.ts";
import { FilterError } from "./filter-error.ts";

function viewWith(fields: { correlationKeys: string[] } | { labels: Record<string, string> }): RecordView {
  const time = timestampFromMs(1);
  const event = create(EventSchema, { id: "a", time, type: "a.b", severity: Severity.INFO, message: "other", ...fields });
  const result = viewOf(encodeRecord(create(RecordSchema, { kind: { case: "event", value: event } })));
  if (!result.ok) throw new Error(result.problem.reason);
  return result.view;
}

const list = (length: number): string => `[${Array<string>(length).fill("1").join(",")}]`;
const strangers = (expression: string) => compileFilter(create(RecordFilterSchema, { expression }), { from: "stranger" });

describe("a stranger's expression", () => {
  it.each([
    ["loops over written lists", `${list(500)}.all(x, ${list(500)}.all(y, y == 1))`],
    ["doubles a list and loops over it", `${'[["a"]]'}${".map(l, l + l)".repeat(30)}.exists(l, l.all(x, x == "b"))`],
    ["doubles a text", `["a"]${".map(x, x + x)".repeat(28)}.exists(x, size(x) == 3)`],
    ["loops over what loops have made", `${list(200)}.map(x, ${list(200)}).all(l, l.all(y, y == 1))`],
  ])("that %s is refused before it does", (_how, expression) => {
    const began = performance.now();
    expect(() => strangers(expression)).toThrow(
      new FilterError("expression", "the expression takes too many steps; let it loop over less"),
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("matches no record whose lists would keep it busy for too long, and others afterwards", () => {
    const nested = strangers("event.correlation_keys.all(x, event.correlation_keys.all(y, y != '' || x != ''))");
    const long = Array.from({ length: 2_000 }, (_, at) => `key:${at}`);
    expect(nested.test(viewWith({ correlationKeys: long }))).toEqual({
      take: false,
      clause: "expression",
      reason: "no match: the expression takes too many steps; let it loop over less",
    });
    expect(nested.test(viewWith({ correlationKeys: ["a", "b"] }))).toEqual({ take: true });
  });

  it.each([
    ['event.labels.exists(k, k == "team") && ["a", "b"].exists(x, x + x == "bb")', true],
    ['event.message + "!" == "another!"', false],
    ["[1, 2].map(x, x * 2).filter(y, y > 2).all(z, z == 4)", true],
  ])("that asks for little gives what it gives an operator: %s", (expression, take) => {
    const view = viewWith({ labels: { team: "core" } });
    expect(strangers(expression).test(view).take).toBe(take);
    expect(compileFilter(create(RecordFilterSchema, { expression })).test(view).take).toBe(take);
  });
});
