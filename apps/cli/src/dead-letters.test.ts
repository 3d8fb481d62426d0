import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  DeadLetterSchema,
  DestinationSchema,
  ListDeadLettersResponseSchema,
  type ListDeadLettersRequest,
} from "@tapio/contracts/admin/v1/admin";
import type { DeliveryControl } from "@tapio/integration-grpc";
import { describe, expect, it } from "vitest";
import { eventRecord, startApiDouble } from "../test/api-double.ts";
import { nowMs, tapioctl } from "./testdata/tapioctl.ts";

const attempts = [
  { number: 12, startTime: timestampFromMs(nowMs - 60_000), duration: durationFromMs(1_500), code: "timeout", message: "no answer" },
  { number: 11, startTime: timestampFromMs(nowMs - 90_500), duration: durationFromMs(3), code: "unavailable", message: "HTTP 503\nbusy" },
];

function dead(init: MessageInitShape<typeof DeadLetterSchema>) {
  return create(DeadLetterSchema, {
    destination: "oncall",
    code: "timeout",
    message: "no answer",
    deadTime: timestampFromMs(nowMs - 58_500),
    ...init,
  });
}

const one = dead({
  attempts,
  record: { sequence: 41n, acceptedTime: timestampFromMs(nowMs - 3_600_000), record: eventRecord({ id: "event-1", message: "hello" }) },
});
const range = dead({ code: "detached", message: "fell too far behind", range: { fromSequence: 50n, toSequence: 1_049n } });

/** Two pages: the first is full, the second has the rest. */
function paging(...pages: (typeof one)[][]): Pick<DeliveryControl, "listDeadLetters"> {
  return {
    listDeadLetters: async ({ pageToken }: ListDeadLettersRequest) => {
      const at = Number(pageToken || 0);
      return create(ListDeadLettersResponseSchema, {
        deadLetters: pages[at] ?? [],
        nextPageToken: at + 1 < pages.length ? String(at + 1) : "",
      });
    },
  };
}

describe("tapioctl dead-letters list", () => {
  it("shows a line for each, ranges too, from all pages", async () => {
    await using server = await startApiDouble({ control: paging([one], [range]) });
    const ran = await tapioctl(["dead-letters", "list"], { server });
    expect([ran.code, ran.out.split("\n")]).toEqual([
      0,
      [
        "SEQUENCE  DESTINATION  ID       GIVEN UP  ATTEMPTS  CODE      WHY",
        "      41  oncall       event-1  58s ago         12  timeout   no answer",
        " 50-1049  oncall       (range)  58s ago          0  detached  fell too far behind",
        "",
      ],
    ]);
  });

  it("stops at its limit, and reads no page that it does not need", async () => {
    await using server = await startApiDouble({ control: paging([one, one], [range]) });
    const ran = await tapioctl(["dead-letters", "list", "--limit", "2", "--json"], { server });
    const lines = ran.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toMatchObject([{ destination: "oncall", record: { sequence: "41", record: { event: { id: "event-1" } } } }, {}]);
    expect(server.calls).toMatchObject([{ argument: { pageSize: 2 } }]);
    expect((await tapioctl(["dead-letters", "list", "--limit", "0"], { server })).out).toBe("no dead letters\n");
  });

  it("says that there are none, but not to programs", async () => {
    await using server = await startApiDouble({ control: paging([]) });
    expect(await tapioctl(["dead-letters", "list"], { server })).toMatchObject({ code: 0, out: "no dead letters\n" });
    expect(await tapioctl(["dead-letters", "list", "--json"], { server })).toMatchObject({ code: 0, out: "" });
  });

  it("turns its options into a selector", async () => {
    await using server = await startApiDouble({ control: paging([]) });
    const options =
      "--destination oncall --id a --id b --code timeout --from 3 --to 9 --since 1h --until 2026-11-01T11:30:00Z --kind event --type x.** --namespace shop --min-severity error --expression true";
    await tapioctl(["dead-letters", "list", ...options.split(" ")], { server });
    await tapioctl(["dead-letters", "list"], { server });
    expect(server.calls[0]?.argument).toMatchObject({
      selector: {
        destination: "oncall",
        ids: ["a", "b"],
        codes: ["timeout"],
        fromSequence: 3n,
        toSequence: 9n,
        fromTime: { seconds: 1_793_530_800n },
        toTime: { seconds: 1_793_532_600n },
        filter: { kinds: [1], types: ["x.**"], namespaces: ["shop"], minSeverity: 4, expression: "true" },
      },
    });
    const { selector } = server.calls[1]?.argument as ListDeadLettersRequest;
    expect([selector?.filter, selector?.fromTime, selector?.toTime, selector?.toSequence]).toEqual([undefined, undefined, undefined, 0n]);
  });

  it.each([
    [["--since", "noon"], /^--since: "noon" is none of a time such as 2026-11-01T12:00:00Z, an age such as 15m\n$/],
    [["--from", "x"], /^--from: must be a whole number, not "x"\n$/],
    [["--kind", "thing"], /^--kind: "thing" is none of event, finding, correlation\n$/],
  ])("with %j is called wrongly", async (options, message) => {
    const ran = await tapioctl(["dead-letters", "list", ...options]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(message) as string]);
  });
});

describe("tapioctl dead-letters show", () => {
  it("shows reason, attempts and the record", async () => {
    await using server = await startApiDouble({ control: paging([one, range]) });
    const ran = await tapioctl(["dead-letters", "show", "event-1"], { server });
    const lines = ran.out.split("\n");
    expect(lines[0]).toContain("hello");
    expect(lines.slice(1, 11)).toEqual([
      "destination  oncall",
      "id           event-1",
      "sequence     41",
      "accepted     2026-11-01T11:00:00Z",
      "given up     2026-11-01T11:59:01.500Z",
      "code         timeout",
      "why          no answer",
      "  #12  2026-11-01T11:59:00Z      1.5s  timeout: no answer",
      "  #11  2026-11-01T11:58:29.500Z   3ms  unavailable: HTTP 503 busy",
      "{",
    ]);
    expect(ran.out).toContain('\n    "id": "event-1"');
    expect(ran.out).toContain("\n\ndestination  oncall\nsequence     50-1049\n");
    expect(server.calls).toMatchObject([{ argument: { selector: { ids: ["event-1"] } } }]);
    expect((await tapioctl(["dead-letters", "show", "--destination", "oncall", "--json"], { server })).out.split("\n").length).toBe(3);
  });

  it("exits with 1 when there is none, and with 2 when nothing was asked for", async () => {
    await using server = await startApiDouble({ control: paging([]) });
    const none = await tapioctl(["dead-letters", "show", "a"], { server });
    expect([none.code, none.err]).toEqual([1, "no such dead letter: tapioctl dead-letters list, or tapioctl explain ID\n"]);
    const all = await tapioctl(["dead-letters", "show"], { server });
    expect([all.code, all.err]).toEqual([2, "say which dead letters: an id, --destination, --code, a range, or a filter\n"]);
  });
});

describe("tapioctl dead-letters count", () => {
  const countsOf: { readonly [destination: string]: { [code: string]: bigint } } = {
    oncall: { timeout: 3n, record_invalid: 1_200n },
    audit: { gone: 1n },
  };
  const control: Partial<DeliveryControl> = {
    listDestinations: async () =>
      [{ name: "oncall", deadLetters: 1_203n }, { name: "metrics" }, { name: "audit", deadLetters: 1n }].map((init) =>
        create(DestinationSchema, init),
      ),
    listDeadLetters: async ({ selector }) =>
      create(ListDeadLettersResponseSchema, { countsByCode: countsOf[selector?.destination ?? ""] ?? {} }),
  };

  it("counts by destination and reason, the most first", async () => {
    await using server = await startApiDouble({ control });
    expect((await tapioctl(["dead-letters", "count"], { server })).out.split("\n")).toEqual([
      "DESTINATION  CODE             DEAD",
      "oncall       record_invalid  1,200",
      "oncall       timeout             3",
      "audit        gone                1",
      "",
      "1,204 dead letters",
      "",
    ]);
    expect(JSON.parse((await tapioctl(["dead-letters", "count", "--json"], { server })).out)).toEqual({
      total: 1_204,
      groups: [
        { destination: "oncall", code: "record_invalid", count: 1_200 },
        { destination: "oncall", code: "timeout", count: 3 },
        { destination: "audit", code: "gone", count: 1 },
      ],
    });
  });

  it("counts by what was said, on one line and not steered by it", async () => {
    const said = (message: string, destination = "oncall") => dead({ destination, message });
    await using server = await startApiDouble({
      control: paging([said("slow\u001b[2J"), said("busy")], [said("busy"), said("busy", "audit"), range]),
    });
    expect((await tapioctl(["dead-letters", "count", "--by-message"], { server })).out.split("\n")).toEqual([
      "DESTINATION  CODE      DEAD  WHY",
      "oncall       timeout      2  busy",
      "oncall       timeout      1  slow\\x1b[2J",
      "audit        timeout      1  busy",
      "oncall       detached     1  fell too far behind",
      "",
      "5 dead letters",
      "",
    ]);
    const { groups } = JSON.parse((await tapioctl(["dead-letters", "count", "--by-message", "--json"], { server })).out) as {
      groups: unknown[];
    };
    expect(groups[0]).toEqual({ destination: "oncall", code: "timeout", message: "busy", count: 2 });
  });

  it("keeps a bounded number of messages apart", async () => {
    const many = Array.from({ length: 10_002 }, (_, at) => dead({ message: `m${at}` }));
    await using server = await startApiDouble({ control: paging(many) });
    const { total, groups } = JSON.parse((await tapioctl(["dead-letters", "count", "--by-message", "--json"], { server })).out) as {
      total: number;
      groups: unknown[];
    };
    expect([total, groups.length, groups[0]]).toEqual([
      10_002,
      10_001,
      { destination: "oncall", code: "timeout", message: "(other messages)", count: 2 },
    ]);
  });

  it("counts at one destination, also where there is nothing", async () => {
    await using server = await startApiDouble({ control });
    expect((await tapioctl(["dead-letters", "count", "--destination", "audit"], { server })).out).toBe(
      "DESTINATION  CODE  DEAD\naudit        gone     1\n\n1 dead letter\n",
    );
    expect((await tapioctl(["dead-letters", "count", "--destination", "metrics"], { server })).out).toBe("0 dead letters\n");
    expect(server.calls.map(({ member }) => member)).toEqual(["listDeadLetters", "listDeadLetters"]);
  });
});
