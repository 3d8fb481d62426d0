import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGatewayProcess, type GatewayProcess } from "../src/gateway-process.ts";
import { createScratch } from "../src/scratch.ts";
import { runTapioctlProcess, type TapioctlExit } from "../src/tapioctl-process.ts";
import { until } from "../src/until.ts";
import { createVerifyingWebhookReceiver, type VerifyingWebhookReceiver } from "../src/webhook-receiver.ts";

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const scratch = createScratch();
let receiver: VerifyingWebhookReceiver;
let gateway: GatewayProcess;

/** Writes the configuration, with these lines at its end. */
function configure(more = ""): string {
  return scratch.write(
    "tapio.yaml",
    `journal: { sqlite: { path: "${scratch.path}/data" } }
server: { listeners: [{ address: "127.0.0.1:0" }] }
destinations:
  - name: oncall
    webhooks: { url: "${receiver.url}", secret: "${secret}", allowed_cidrs: [127.0.0.0/8] }
  - name: metrics
    prometheus: {}
${more}`,
  );
}

beforeAll(async () => {
  receiver = await createVerifyingWebhookReceiver(secret);
  gateway = await startGatewayProcess({ config: configure() });
});

afterAll(async () => {
  gateway.kill("SIGTERM");
  await gateway.exited;
  await receiver.close();
  scratch[Symbol.dispose]();
});

const tapioctl = (...args: string[]): Promise<TapioctlExit> => runTapioctlProcess(gateway.url, args);

async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await tapioctl(...args, "--json");
  if (code !== 0) throw new Error(`tapioctl ${args.join(" ")} exited with ${code}: ${err}`);
  return JSON.parse(out) as T;
}

interface Explained {
  readonly deliveries: readonly { readonly destination: string; readonly state: string; readonly reason: string }[];
}

/** `oncall: DELIVERY_STATE_DEAD` for each destination. */
async function verdicts(id: string): Promise<readonly string[]> {
  const { deliveries } = await json<Explained>("explain", id);
  return deliveries.map(({ destination, state }) => `${destination}: ${state}`);
}

describe("an operator", () => {
  it("finds out what became of a record, has the receiver mended, and delivers it after all", async () => {
    await tapioctl("send", "--type", "order.placed", "--id", "order-1");
    await until(() => receiver.hooks().length === 1, "the receiver has taken a record");
    receiver.http.behave("refuse_record");
    await tapioctl("send", "--type", "order.placed", "--id", "order-2");
    await until(async () => (await json<{ total: number }>("dead-letters", "count")).total === 1, "the record is given up");
    expect(await json("dead-letters", "list")).toMatchObject({
      destination: "oncall",
      code: "record_invalid",
      message: expect.stringContaining("400") as string,
      record: { record: { event: { id: "order-2" } } },
      attempts: [{ number: 1, code: "record_invalid" }],
    });
    expect(await verdicts("order-2")).toEqual(["oncall: DELIVERY_STATE_DEAD", "metrics: DELIVERY_STATE_DELIVERED"]);
    expect((await tapioctl("dead-letters", "replay", "--destination", "oncall")).code).toBe(2);

    receiver.http.behave("accept");
    expect(await json("dead-letters", "replay", "--destination", "oncall", "--dry-run")).toMatchObject({ dryRun: true, replayed: "1" });
    expect(await json("dead-letters", "replay", "--destination", "oncall", "--yes")).toMatchObject({ dryRun: false, replayed: "1" });
    await until(() => receiver.hooks().length === 2, "the record arrives");
    await until(async () => (await verdicts("order-2"))[0] === "oncall: DELIVERY_STATE_DELIVERED", "it is settled");
    expect((await tapioctl("explain", "order-2")).out).toMatch(/^oncall {3}delivered \S+ at attempt 1/m);
    expect(await json("dead-letters", "count")).toEqual({ total: 0, groups: [] });
  }, 120_000);

  it("stops a destination, lets it pass over what it missed, and delivers that later", async () => {
    const before = receiver.hooks().length;
    expect((await tapioctl("destinations", "pause", "oncall")).out).toBe("oncall is paused: an operator paused it\n");
    await tapioctl("send", "--type", "order.placed", "--id", "order-3");
    expect(await json("destinations", "show", "oncall")).toMatchObject({ state: "DESTINATION_STATE_PAUSED", lagRecords: "1" });
    expect(await json("destinations", "skip", "oncall", "--to", "head", "--yes")).toMatchObject({ skippedRecords: "1", dryRun: false });
    expect((await tapioctl("destinations", "resume", "oncall")).code).toBe(0);
    expect(await json("dead-letters", "list")).toMatchObject({ destination: "oncall", code: "skipped", range: {} });
    expect(await verdicts("order-3")).toContain("oncall: DELIVERY_STATE_DEAD");
    expect(receiver.hooks().length).toBe(before);
    expect(await json("dead-letters", "replay", "--all", "--yes")).toMatchObject({ replayed: "1" });
    await until(() => receiver.hooks().length === before + 1, "the record arrives");
    await until(async () => (await verdicts("order-3")).includes("oncall: DELIVERY_STATE_DELIVERED"), "it is settled");
  }, 120_000);

  it("changes the configuration of a gateway that runs, and is told what is wrong with one", async () => {
    configure("  - name: more\n    prometheus: { prefix: more }\n");
    expect(await json("config", "reload", "--dry-run")).toMatchObject({ added: ["more"], dryRun: true });
    expect((await tapioctl("destinations")).out).not.toContain("more");
    expect((await tapioctl("config", "reload")).out).toBe("added  more\n");
    expect((await tapioctl("destinations")).out).toMatch(/^more +prometheus /m);
    configure("  - name: more\n    carrier_pigeons: {}\n");
    const wrong = await tapioctl("config", "reload");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/carrier_pigeons \(.*tapio\.yaml:9:5\)/) as string]);
    expect((await tapioctl("destinations")).out).toMatch(/^more +prometheus /m);
  }, 120_000);

  it("backs up the journal of a gateway that runs, and starts another on the copy", async () => {
    const copy = `${scratch.path}/backup`;
    expect((await tapioctl("journal", "backup", "--data", `${scratch.path}/data`, "--to", copy)).out).toContain("the copy is whole");
    const restored = await startGatewayProcess({ config: configure(), env: { TAPIO_DATA: copy } });
    const record = await runTapioctlProcess(restored.url, ["query", "order-1", "--json"]);
    restored.kill("SIGTERM");
    expect(await restored.exited).toMatchObject({ code: 0 });
    expect([record.code, JSON.parse(record.out)]).toMatchObject([0, { sequence: 1, record: { event: { id: "order-1" } } }]);
  }, 120_000);
});
