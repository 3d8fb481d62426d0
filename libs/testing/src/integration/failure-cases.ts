import assert from "node:assert/strict";
import type { IntegrationErrorCode } from "@tapio/integration-core";
import type { ContractCase } from "../contract-case.ts";
import type { IntegrationSubject, PeerMode } from "../integration-subject.ts";
import { deliverableViews } from "./lifecycle-cases.ts";
import { assertFailed, deliver, deliverBatch, deliveryCall, withOpened, type Opened } from "./opened.ts";

type AnsweringMode = Exclude<PeerMode, "accept" | "hang">;

/** What the runtime must be told about each behaviour of a peer. */
const codeByMode: Readonly<Record<AnsweringMode, IntegrationErrorCode>> = {
  refuse_record: "record_invalid",
  unavailable: "unavailable",
  throttle: "throttled",
  deny: "access_denied",
  gone: "gone",
  reset: "unavailable",
};

const sentenceByMode: Readonly<Record<AnsweringMode, string>> = {
  refuse_record: "a record that the peer refuses",
  unavailable: "a record for a peer that is unavailable",
  throttle: "a record for a peer that throttles",
  deny: "a record for a peer that denies access",
  gone: "a record for a peer that is gone for good",
  reset: "a record whose connection breaks in the middle",
};

/** What becomes of records while the peer does not take them. */
export function failureCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  const cases = subject.modes.filter((mode) => mode !== "accept" && mode !== "hang").map((mode) => modeCase(subject, mode));
  if (subject.modes.includes("hang")) cases.push(...hangCases(subject));
  if (subject.modes.length > 0) cases.push(peerDownCase(subject));
  return cases;
}

function modeCase<Config>(subject: IntegrationSubject<Config>, mode: AnsweringMode): ContractCase {
  const code = codeByMode[mode];
  return {
    name: `${sentenceByMode[mode]} is failed with ${code}, and the next attempt after it recovers is delivered`,
    run: () =>
      withOpened(subject, async (opened) => {
        const { integration, peer } = opened;
        const views = deliverableViews(subject, 3);
        peer.behave(mode);
        const outcomes = [await deliver(integration, views[0])];
        if (integration.processBatch !== undefined) outcomes.push(...(await deliverBatch(integration, views)));
        for (const outcome of outcomes) {
          const error = assertFailed(outcome, [code], opened);
          if (mode === "throttle") assertAskedForTwoSeconds(error.retryAfterMs);
        }
        assert.equal(await opened.received(), 0, "nothing was taken");
        peer.behave("accept");
        await assertDelivers(subject, opened);
      }),
  };
}

/** The hint was two seconds; an HTTP date has whole seconds, so up to one may be lost on the way. */
function assertAskedForTwoSeconds(retryAfterMs: number | undefined): void {
  assert.ok(retryAfterMs !== undefined, "the peer's hint must be passed on as retryAfterMs");
  assert.ok(retryAfterMs >= 1_000 && retryAfterMs <= 3_000, `retryAfterMs was ${String(retryAfterMs)}, the hint 2000`);
}

function hangCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  const abortedBy = (name: string, reason: () => DOMException, code: IntegrationErrorCode): ContractCase => ({
    name,
    run: () =>
      withOpened(subject, async (opened) => {
        const { integration, peer } = opened;
        const views = deliverableViews(subject, 3);
        const controller = new AbortController();
        peer.behave("hang");
        const single = deliver(integration, views[0], deliveryCall("delivery-hanging", { signal: controller.signal }));
        const batch = integration.processBatch === undefined ? undefined : deliverBatch(integration, views, controller.signal);
        await new Promise((resolve) => setTimeout(resolve, 100));
        controller.abort(reason());
        assertFailed(await single, [code], opened);
        for (const outcome of (await batch) ?? []) assertFailed(outcome, [code], opened);
        peer.behave("accept");
        // What was on its way when the call was aborted may arrive only now.
        await assertDelivers(subject, opened, batch === undefined ? 1 : 1 + views.length);
      }),
  });
  return [
    abortedBy(
      "a call to a peer that never answers ends as canceled when its signal aborts",
      () => new DOMException("the gateway stops", "AbortError"),
      "canceled",
    ),
    abortedBy(
      "a call to a peer that never answers ends as timeout when its signal aborts at the deadline",
      () => new DOMException("the attempt's time is over", "TimeoutError"),
      "timeout",
    ),
  ];
}

function peerDownCase<Config>(subject: IntegrationSubject<Config>): ContractCase {
  return {
    name: "a record for a peer that is down is failed with unavailable",
    run: () =>
      withOpened(subject, async (opened) => {
        await opened.peer.close();
        const [view] = deliverableViews(subject, 1);
        assertFailed(await deliver(opened.integration, view), ["unavailable"], opened);
      }),
  };
}

/** One more record arrives, and at most `strays` beside it. */
async function assertDelivers<Config>(subject: IntegrationSubject<Config>, opened: Opened<Config>, strays = 0): Promise<void> {
  const before = await opened.received();
  const [view] = deliverableViews(subject, 1);
  const outcome = await deliver(opened.integration, view, deliveryCall(`delivery-${view.header.id}`, { attempt: 2 }));
  assert.equal(outcome.kind, "delivered", outcome.kind === "failed" ? outcome.error.message : outcome.kind);
  const more = (await opened.received()) - before;
  assert.ok(more >= 1 && more <= 1 + strays, `${more} records arrived instead of one`);
}
