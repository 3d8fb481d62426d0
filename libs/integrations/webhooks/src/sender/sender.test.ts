import { create } from "@bufbuild/protobuf";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { describe, expect, it } from "vitest";
import type { Poster, PostResult } from "../core/interfaces.ts";
import { summary, testSecret } from "../testdata/open-integration.ts";
import { createSender } from "./sender.ts";
import { resolveSettings } from "./sender-settings.ts";

const { signal: never } = new AbortController();
const settings = resolveSettings(create(WebhooksConfigSchema, { url: "https://example.com/hook", secret: testSecret, concurrency: 1 }));
const accepted: PostResult = { answer: { status: 204, retryAfter: undefined, location: undefined, excerpt: "" } };

/** Notes the ids of what is posted, and leaves the answer to the test. */
function posterOf(post: (id: string, done: (result: PostResult) => void) => void): Poster {
  return {
    post(headers, _body, done) {
      post(headers[headers.indexOf("webhook-id") + 1] ?? "", done);
      return (error) => done({ error });
    },
    probe: () => Promise.resolve(""),
    close: () => Promise.resolve(),
  };
}

const webhook = (id: string) => ({ id, encode: () => new Uint8Array() });

describe("a sender", () => {
  it("cancels what does not get its turn in time, which is no attempt, while what was sent keeps its own outcome", async () => {
    const answered = Promise.withResolvers<void>();
    const posted: string[] = [];
    const poster = posterOf((id, done) => {
      posted.push(id);
      void answered.promise.then(() => done(accepted));
    });
    const sender = createSender({ ...settings, placeWaitMsMax: 30 }, poster, () => 0);
    const deliver = async (id: string) => (await sender.deliver([webhook(id)], never)).map(summary);
    const first = deliver("a");
    expect(await deliver("b")).toEqual([
      "canceled: not sent yet: none of 1 places became free within 30 ms; raise concurrency if the receiver can take it",
    ]);
    answered.resolve();
    expect(await first).toEqual(["delivered"]);
    expect(await deliver("c")).toEqual(["delivered"]);
    expect(posted).toEqual(["a", "c"]);
    await sender.close();
  });

  it("goes on behind what cannot be encoded or signed, and behind what breaks at once", async () => {
    const poster = posterOf((id, done) => done(id === "broken" ? { error: new TypeError("a bug") } : accepted));
    const sender = createSender(settings, poster, () => 0);
    const noJson = {
      id: "a",
      encode: () => {
        throw new Error("no JSON");
      },
    };
    expect((await sender.deliver([noJson, webhook("no id"), webhook("broken"), webhook("d")], never)).map(summary)).toEqual([
      "record_invalid: the record has no JSON form: no JSON",
      "internal: the id must be 1 to 256 printable ASCII characters without space and full stop",
      "internal: a bug",
      "delivered",
    ]);
  });

  it("ends what is being sent and what waits when it is closed, and sends nothing after", async () => {
    const posted: string[] = [];
    const sender = createSender(
      settings,
      posterOf((id) => posted.push(id)),
      () => 0,
    );
    const both = sender.deliver([webhook("a"), webhook("b")], never);
    await sender.close();
    expect((await both).map(summary)).toEqual(["canceled: ended while it was being sent", "canceled: ended before it was sent"]);
    expect((await sender.deliver([webhook("c")], never)).map(summary)).toEqual(["canceled: ended before it was sent"]);
    expect(posted).toEqual(["a"]);
  });
});
