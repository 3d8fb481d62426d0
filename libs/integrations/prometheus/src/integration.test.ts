import { create } from "@bufbuild/protobuf";
import { PrometheusConfigSchema } from "@tapio/contracts/integrations/prometheus/v1/config";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import type { RecordView } from "@tapio/domain";
import { createIntegrationContext, recordingLogger, sampleCorrelation, sampleEvent, sampleFinding, sampleViews } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import type { Exposition } from "./core/interfaces.ts";
import { createPrometheusIntegration } from "./integration.ts";
import { batchCall, call, commit, openCounting } from "./testdata/counting.ts";

const samples = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("counting", () => {
  it("has one metric per kind of record, and shows it after the commit", async () => {
    const integration = await openCounting({ config: { prefix: "acme", constLabels: { env: "prod", cluster: "" } } });
    await integration.processEvent(sampleEvent(), call());
    await integration.processEvent(sampleEvent({ id: "event-2" }), call());
    await integration.processFinding(sampleFinding(), call());
    await integration.processCorrelation(sampleCorrelation(), call());
    expect(samples(integration.render("text"))).toEqual([]);
    commit(integration);
    expect(samples(integration.render("text"))).toEqual([
      'acme_events_total{type="kernel.container.oom_kill",severity="critical",outcome="failure",namespace="shop",env="prod"} 2',
      'acme_findings_total{type="memory.leak.suspected",severity="error",state="open",namespace="shop",env="prod"} 1',
      'acme_correlations_total{kind="causal",type="deployment.caused.oom",severity="warning",namespace="shop",env="prod"} 1',
    ]);
  });

  it("takes batches of mixed kinds, and a view that cannot be read fails alone", async () => {
    const integration = await openCounting();
    const [first, second, third] = sampleViews(3);
    const broken: RecordView = {
      ...(second as RecordView),
      bytes: (second as RecordView).bytes.subarray(1),
      decoded: () => {
        throw new Error("not decoded");
      },
    };
    const kindless: RecordView = { ...(second as RecordView), bytes: new Uint8Array(), decoded: () => create(RecordSchema) };
    const views = [first as RecordView, broken, kindless, third as RecordView];
    const outcomes = await integration.processBatch?.(views, batchCall(4));
    expect(outcomes?.map(({ kind }) => kind)).toEqual(["delivered", "failed", "failed", "delivered"]);
    expect(outcomes?.[1]).toMatchObject({
      error: { code: "internal", integration: "prometheus", operation: "count a record", message: "not decoded" },
    });
    commit(integration);
    expect(samples(integration.render("text"))).toHaveLength(2);
  });

  it.each([
    ["canceled", new Error("stopping")],
    ["timeout", new DOMException("the deadline", "TimeoutError")],
  ] as const)("an aborted call fails as %s and counts nothing", async (code, reason) => {
    const integration = await openCounting();
    const outcome = await integration.processEvent(sampleEvent(), call(AbortSignal.abort(reason)));
    expect(outcome).toMatchObject({ kind: "failed", error: { code, cause: reason } });
    commit(integration);
    expect(samples(integration.render("text"))).toEqual([]);
  });

  it("says once per metric that its budget is used up: in the log, and in its health as long as it lives", async () => {
    const logger = recordingLogger();
    const integration = await openCounting({ config: { maxSeries: 1 }, context: { logger, name: "metrics" } });
    for (const type of ["a", "b", "c", "d"]) await integration.processEvent(sampleEvent({ type }), call());
    expect(logger.entries.map(({ level, fields }) => [level, fields])).toEqual([
      ["warn", { destination: "metrics", metric: "events", max_series: 1 }],
    ]);
    const { signal } = new AbortController();
    expect(await integration.health({ signal })).toEqual({
      healthy: true,
      message: "the series budget is used up for events; further label values are folded",
      details: { events_series: "2", findings_series: "0", correlations_series: "0", folded_increments_series: "1" },
    });
  });
});

describe("its life", () => {
  it("hands its exposition over once, when the counters are open", async () => {
    const seen: [Exposition, string][] = [];
    const integration = await openCounting({
      context: { name: "metrics" },
      options: { onExposition: (exposition, name) => seen.push([exposition, name]) },
    });
    expect(seen).toEqual([[integration, "metrics"]]);
  });

  it("rejects, and does not throw, when the receiver of its exposition fails", async () => {
    const options = {
      onExposition: () => {
        throw new Error("no room on the page");
      },
    };
    await expect(openCounting({ options })).rejects.toMatchObject({ code: "internal", message: "no room on the page" });
  });

  it("before initialize renders nothing that a scraper would choke on, and has an empty snapshot", () => {
    const integration = createPrometheusIntegration();
    expect([integration.render("text"), integration.render("openmetrics")]).toEqual(["", "# EOF\n"]);
    integration.committed();
    expect(integration.snapshot()).toHaveLength(0);
  });

  it("after close takes no more, keeps what it showed, and says that it is not open", async () => {
    const integration = await openCounting();
    await integration.processEvent(sampleEvent(), call());
    commit(integration);
    const before = integration.render("text");
    await integration.close();
    expect(await integration.processEvent(sampleEvent(), call())).toMatchObject({ kind: "failed", error: { code: "canceled" } });
    commit(integration);
    expect(integration.render("text")).toBe(before);
    expect(await integration.health({ signal: new AbortController().signal })).toMatchObject({
      healthy: false,
      message: "the destination is not open",
    });
  });

  it("refuses a config that would hide a label of its own", async () => {
    await expect(openCounting({ config: { constLabels: { severity: "x" } } })).rejects.toMatchObject({
      code: "config_invalid",
      message: 'const_labels["severity"]: the metrics have a label of this name already; choose another name',
    });
  });
});

describe("a restart", () => {
  it("continues exactly where the committed snapshot stands, and shows that at once", async () => {
    const first = await openCounting();
    for (const view of [sampleEvent(), sampleEvent()]) await first.processEvent(view, call());
    const restored = commit(first);
    const shown = first.render("text");
    await first.processEvent(sampleEvent(), call());
    const second = await openCounting({ context: { restored } });
    expect(second.render("text")).toBe(shown);
    await second.processEvent(sampleEvent(), call());
    expect(second.snapshot()).toEqual(first.snapshot());
  });

  it.each([
    ["no bytes", new Uint8Array(0), "the snapshot has no version; this build reads versions 1 to 2"],
    ["noise", new Uint8Array([0xff, 0xff, 0xff]), ""],
  ])("with %s for a snapshot is refused with what to do, and nothing is shown as zero", async (_name, restored, why) => {
    const integration = createPrometheusIntegration({ onExposition: () => expect.unreachable("nothing may be shown") });
    const opening = integration.initialize(create(PrometheusConfigSchema), createIntegrationContext({ restored }));
    await expect(opening).rejects.toMatchObject({
      code: "internal",
      operation: "restore the counters from the snapshot beside the cursor",
      message: expect.stringMatching(new RegExp(`^${why}.*restore the data folder, or give the destination a new name`)),
      cause: expect.any(Error),
    });
    expect(await integration.processEvent(sampleEvent(), call())).toMatchObject({ kind: "failed" });
    expect(integration.render("text")).toBe("");
  });

  it("with a metric of a later version goes on, and says that its counts are kept and not shown", async () => {
    const { createCounterRegistry } = await import("./registry/counter-registry.ts");
    const gauges = { metric: "later", help: "", labelNames: ["a"], budgeted: true };
    const later = createCounterRegistry({ definitions: [gauges], seriesMax: 1 });
    later.increment(gauges, "x");
    const logger = recordingLogger();
    const integration = await openCounting({ context: { logger, name: "metrics", restored: later.snapshot() } });
    expect(logger.entries).toEqual([
      {
        level: "warn",
        fields: { destination: "metrics", metric: "later" },
        message: "the snapshot holds a metric that this version does not have; its counts are kept and not shown",
      },
    ]);
    expect(integration.snapshot()).toEqual(later.snapshot());
  });
});
