import { create } from "@bufbuild/protobuf";
import { WebhooksConfigSchema } from "@tapio/contracts/integrations/webhooks/v1/config";
import { describe, expect, it } from "vitest";
import type { Poster } from "../core/interfaces.ts";
import { summary, testSecret } from "../testdata/open-integration.ts";
import { createSender } from "./sender.ts";
import { resolveSettings } from "./sender-settings.ts";

const { signal: never } = new AbortController();

describe("a sender", () => {
  it("cancels what does not get its turn in time, which is no attempt, while what was sent keeps its own outcome", async () => {
    const answered = Promise.withResolvers<void>();
    const posted: string[] = [];
    const poster: Poster = {
      async post(headers) {
        posted.push(headers[headers.indexOf("webhook-id") + 1] ?? "");
        await answered.promise;
        return { status: 204, retryAfter: undefined, location: undefined, excerpt: "" };
      },
      probe: () => Promise.resolve(""),
      close: () => Promise.resolve(),
    };
    const config = create(WebhooksConfigSchema, { url: "https://example.com/hook", secret: testSecret, concurrency: 1 });
    const sender = createSender({ ...resolveSettings(config), placeWaitMsMax: 30 }, poster, () => 0);
    const deliver = (id: string) => sender.deliver({ id, encode: () => new Uint8Array() }, never);
    const first = deliver("a");
    expect(summary(await deliver("b"))).toBe(
      "canceled: not sent yet: none of 1 places became free within 30 ms; raise concurrency if the receiver can take it",
    );
    answered.resolve();
    expect(summary(await first)).toBe("delivered");
    expect(summary(await deliver("c"))).toBe("delivered");
    expect(posted).toEqual(["a", "c"]);
    await sender.close();
  });
});
