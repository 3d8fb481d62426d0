import assert from "node:assert/strict";
import type { HealthStatus } from "@tapio/integration-core";
import type { ContractCase } from "../contract-case.ts";
import type { IntegrationSubject } from "../integration-subject.ts";
import { within } from "../time/within.ts";
import { assertNoSecret, withOpened, type Opened } from "./opened.ts";

/** What an integration says of its peer. */
export function healthCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  const cases: ContractCase[] = [
    {
      name: "health is healthy while the peer lives, and sends it no data",
      run: () =>
        withOpened(subject, async (opened) => {
          assert.equal((await health(opened)).healthy, true);
          assert.equal((await health(opened)).healthy, true);
          assert.equal(await opened.received(), 0);
        }),
    },
    {
      name: "health ends when its signal has aborted, without a throw",
      run: () =>
        withOpened(subject, async (opened) => {
          await health(opened, AbortSignal.abort());
        }),
    },
    {
      name: "health after close is unhealthy, and neither throws nor hangs",
      run: () =>
        withOpened(subject, async (opened) => {
          await opened.integration.close();
          assert.equal((await health(opened)).healthy, false);
        }),
    },
  ];
  if (subject.modes.length > 0) {
    cases.push({
      name: "health is unhealthy, says why and does not throw when the peer is down",
      run: () =>
        withOpened(subject, async (opened) => {
          await opened.peer.close();
          const status = await health(opened);
          assert.equal(status.healthy, false);
          assert.notEqual(status.message.trim(), "", "an unhealthy status must say what is wrong");
        }),
    });
  }
  if (subject.modes.includes("hang")) {
    cases.push({
      name: "health of a peer that never answers ends when its signal aborts",
      run: () =>
        withOpened(subject, async (opened) => {
          opened.peer.behave("hang");
          const controller = new AbortController();
          const asked = health(opened, controller.signal);
          await new Promise((resolve) => setTimeout(resolve, 100));
          controller.abort();
          await asked;
        }),
    });
  }
  return cases;
}

async function health<Config>(opened: Opened<Config>, signal = new AbortController().signal): Promise<HealthStatus> {
  const status = await within(opened.integration.health({ signal }), "health");
  assert.equal(typeof status.healthy, "boolean");
  assert.equal(typeof status.message, "string");
  for (const value of Object.values(status.details)) assert.equal(typeof value, "string");
  assertNoSecret(opened.peer, JSON.stringify(status), "the health status");
  return status;
}
