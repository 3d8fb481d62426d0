import { createTapioNodeClient } from "@tapio/client/node";
import { describe, expect, it } from "vitest";
import { createHookGateway, readiness } from "../src/hook-gateway.ts";
import { hasProgram } from "../src/peer-programs.ts";
import { eventNamed, idsOf, publishAll } from "../src/publish.ts";
import { readIds } from "../src/read-ids.ts";
import { injectFaults } from "../src/strace.ts";
import { until } from "../src/until.ts";

/** "Come again", in the words of gRPC; sending the same ids again is safe. */
const refusal = { code: expect.stringMatching(/^(unavailable|resource_exhausted)$/) as string };

describe.skipIf(!hasProgram("strace"))("JRN-33: a disk that fails to flush", () => {
  it.each([
    ["for a while", "fsync,fdatasync:error=EIO"],
    ["once, and then says that all is well", "fsync,fdatasync:error=EIO:when=1"],
  ])(
    "%s: nothing is acknowledged that it may not hold, /readyz says why, and the gateway recovers by itself",
    { timeout: 120_000 },
    async (_, fault) => {
      await using subject = await createHookGateway();
      const gateway = await subject.start();
      using client = createTapioNodeClient({ baseUrl: gateway.url });
      const before = idsOf("before", 50);
      await publishAll(gateway.url, before);
      await until(() => subject.hasAll(before), "what came before is delivered");

      const faults = await injectFaults(gateway, fault);
      const during = idsOf("during", 3);
      await expect(client.publish(during.map((id) => eventNamed(id)))).rejects.toMatchObject(refusal);
      if (!fault.includes("when")) {
        await until(async () => (await readiness(gateway.url)).status === 503, "it is not ready");
        expect((await readiness(gateway.url)).reason).toMatch(/journal/);
        expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
        await expect(client.publish([eventNamed("refused")])).rejects.toMatchObject(refusal);
      }
      await faults.end();

      await until(async () => (await readiness(gateway.url)).status === 200, "it is ready again");
      const again = await client.publish(during.map((id) => eventNamed(id)));
      expect(again.every(({ status }) => status === "accepted" || status === "duplicate")).toBe(true);
      const after = idsOf("after", 50);
      await publishAll(gateway.url, after);
      const acknowledged = [...before, ...during, ...after];
      await until(() => subject.hasAll(acknowledged), "all that was acknowledged is delivered");

      gateway.kill("SIGKILL");
      await gateway.exited;
      const kept = await readIds((await subject.start()).url);
      expect(kept.filter((id) => id !== "refused")).toEqual(acknowledged);
    },
  );

  it(
    "slowly: probes, readers and deliveries go on while an acknowledgement waits, and nothing is acknowledged before",
    { timeout: 120_000 },
    async () => {
      await using subject = await createHookGateway();
      const gateway = await subject.start();
      using client = createTapioNodeClient({ baseUrl: gateway.url });
      const before = idsOf("before", 20);
      await publishAll(gateway.url, before);
      const faults = await injectFaults(gateway, "fsync,fdatasync:delay_enter=2000000");
      const order: string[] = [];
      const publishing = client.publish([eventNamed("slow")]).then((results) => {
        order.push("acknowledged");
        return results;
      });
      for (const path of ["/healthz", "/readyz", "/metrics"]) {
        expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
        order.push(path);
      }
      expect(await publishing).toMatchObject([{ status: "accepted", id: "slow" }]);
      expect(order).toEqual(["/healthz", "/readyz", "/metrics", "acknowledged"]);
      await faults.end();
      await until(() => subject.hasAll([...before, "slow"]), "all is delivered");
    },
  );
});
