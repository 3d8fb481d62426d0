import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GatewayStartFailure, startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { hasProgram } from "../src/peer-programs.ts";
import { createScratch } from "../src/scratch.ts";
import { until } from "../src/until.ts";

const scratch = createScratch();
const repository = fileURLToPath(new URL("../..", import.meta.url));
const occurrence = {
  id: "01K9TAPIO00000000000000001",
  timestamp: "2026-11-01T12:00:00.123456789+00:00",
  source: "tapio",
  type: "kernel.container.oom_kill",
  severity: "critical",
  outcome: "failure",
  context: { namespace: "shop", entities: [{ kind: "pod", id: "6f1c2a0e", name: "checkout-7d4b9" }] },
  data: { pid: 9001, exit_code: 137 },
};
let gateway: GatewayProcess;
let config = "";

beforeAll(async () => {
  config = scratch.write(
    "tapio.yaml",
    `journal: { sqlite: { path: "${scratch.path}/data" } }\nserver: { listeners: [{ address: "127.0.0.1:0" }] }\ndestinations: [{ name: metrics, prometheus: {} }]\n`,
  );
  gateway = await startGatewayProcess({ config });
  await fetch(`${gateway.url}/v1/occurrences`, { method: "POST", body: JSON.stringify([occurrence]) });
});

afterAll(async () => {
  gateway.kill("SIGTERM");
  await gateway.exited;
  scratch[Symbol.dispose]();
});

function runIn(command: string, args: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, args, { cwd: repository, input, encoding: "utf8", env: { ...process.env, TAPIO_SERVER: gateway.url } });
}

function tapioctl(...args: string[]): ReturnType<typeof runIn> {
  return runIn(process.execPath, ["--conditions=tapio-source", "apps/cli/src/main.ts", ...args]);
}

describe("another language's gRPC client", () => {
  const buf = (path: string, data: object): ReturnType<typeof runIn> =>
    runIn("node_modules/.bin/buf", [
      "curl",
      "--http2-prior-knowledge",
      "--protocol",
      "grpc",
      "-d",
      JSON.stringify(data),
      `${gateway.url}/${path}`,
    ]);

  it("learns the API by reflection and publishes", () => {
    const event = { id: "from-go", time: "2026-11-01T12:00:00Z", type: "x.y", severity: "SEVERITY_INFO" };
    const answer = buf("tapio.ingest.v1.IngestService/Publish", { records: [{ event }] });
    expect(JSON.parse(answer.stdout)).toMatchObject({ results: [{ status: "RECORD_STATUS_ACCEPTED", id: "from-go" }] });
  });

  it("asks whether the gateway is well", () => {
    expect(JSON.parse(buf("grpc.health.v1.Health/Check", {}).stdout)).toEqual({ status: "SERVING" });
  });
});

describe("tapioctl", () => {
  it("shows what was posted", () => {
    const tail = tapioctl("tail", "--from", "beginning", "--limit", "1", "--json");
    expect(tail.status).toBe(0);
    expect(JSON.parse(tail.stdout)).toMatchObject({
      sequence: 1,
      record: { event: { id: occurrence.id, time: "2026-11-01T12:00:00.123456789Z", data: occurrence.data } },
    });
  });

  it("sends, and recognises what it sent", () => {
    expect(tapioctl("send", "--type", "deploy.finished", "--id", "d1").stdout).toMatch(/^accepted: d1 at sequence \d+\n$/);
    expect(tapioctl("send", "--type", "deploy.finished", "--id", "d1").stdout).toMatch(/^duplicate: d1 at sequence \d+\n$/);
  });

  it("says what to do when there is no gateway", () => {
    const sent = tapioctl("send", "--type", "a.b", "--server", "http://127.0.0.1:9");
    expect([sent.status, sent.stderr]).toEqual([
      3,
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 cannot be reached: .*npm start/) as string,
    ]);
  });

  it("finds the example configuration right", () => {
    const env = {
      ...process.env,
      TAPIO_TOKEN: "0123456789abcdef",
      CENTRAL_TOKEN: "c",
      HOOK_SECRET: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    };
    const checked = spawnSync(
      process.execPath,
      ["--conditions=tapio-source", "apps/cli/src/main.ts", "config", "check", "examples/tapio.yaml"],
      { cwd: repository, encoding: "utf8", env },
    );
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, "examples/tapio.yaml is right: 4 destinations\n", ""]);
  });
});

describe.skipIf(!hasProgram("promtool"))("/metrics", () => {
  it("is clean by promtool, with the gateway's own metrics and the counted records", async () => {
    let text = "";
    await until(
      async () =>
        (text = await (await fetch(`${gateway.url}/metrics`)).text()).includes('tapio_events_total{type="kernel.container.oom_kill"'),
      "the occurrence is counted",
    );
    expect(text).toContain("tapio_delivery_records_total");
    expect(runIn("promtool", ["check", "metrics"], text)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });
});

describe("Ctrl-C", () => {
  it("that arrives twice, from the terminal and from npm, stops the gateway in order", async () => {
    const other = await startGatewayProcess({ config, env: { TAPIO_DATA: `${scratch.path}/twice` } });
    other.kill("SIGINT");
    other.kill("SIGINT");
    expect(await other.exited).toEqual({ code: 0, signal: null });
    expect(other.log()).toContain('"msg":"stopped"');
  });
});

describe("a second gateway", () => {
  it("on the same journal is refused with what to do", async () => {
    const refused = await startGatewayProcess({ config }).catch((reason: unknown) => reason);
    expect(refused).toBeInstanceOf(GatewayStartFailure);
    expect(refused).toMatchObject({ exitCode: 1, message: expect.stringMatching(/^the journal cannot be opened \(locked\): /) as string });
  });

  it("on the same port is refused with what to do", async () => {
    const address = gateway.url.replace("http://", "");
    const refused = await startGatewayProcess({ config, env: { TAPIO_LISTEN: address, TAPIO_DATA: `${scratch.path}/other` } }).catch(
      (reason: unknown) => reason,
    );
    expect(refused).toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`cannot listen on ${address}: another process has this port`) as string,
    });
  });
});
