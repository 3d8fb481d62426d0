import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { WebhooksConfigSchema, type WebhooksConfig } from "@tapio/contracts/integrations/webhooks/v1/config";
import { createWebhooksIntegration, generateSecret, verifyWebhook } from "@tapio/integration-webhooks";
import {
  createHttpReceiver,
  integrationContractCases,
  type ContractCase,
  type IntegrationPeer,
  type IntegrationSubject,
} from "@tapio/testing";

/** A local receiver that verifies what it is sent, as a real one would. */
async function startPeer(): Promise<IntegrationPeer<WebhooksConfig>> {
  const secret = generateSecret();
  const token = "Bearer contract-suite-token";
  const receiver = await createHttpReceiver({
    // 400 alone does not say that it is the record's fault; src/sender/status-judge.test.ts has that.
    answers: { refuse_record: { status: 422, body: "refused" } },
    respond: ({ headers, body }) => {
      const verified = verifyWebhook({ headers, body, secrets: [secret], now: Date.now() });
      return verified.ok ? { status: 200 } : { status: 401, body: verified.message };
    },
  });
  return {
    config: create(WebhooksConfigSchema, {
      url: `${receiver.url}/hook`,
      secret,
      headers: { authorization: token },
      allowedCidrs: ["127.0.0.0/8"],
    }),
    secrets: [secret, token],
    behave: (mode) => receiver.behave(mode),
    receivedCount: () => Promise.resolve(receiver.accepted().length),
    close: () => receiver.close(),
  };
}

const subject: IntegrationSubject<WebhooksConfig> = {
  create: () => createWebhooksIntegration(),
  startPeer,
  modes: ["accept", "refuse_record", "unavailable", "throttle", "deny", "gone", "hang", "reset"],
};

export const cases: ContractCase[] = [
  ...integrationContractCases(subject),
  {
    name: "the public surface is what the README says",
    run: async () => {
      assert.deepEqual(Object.keys(await import("@tapio/integration-webhooks")).sort(), [
        "InvalidSecretError",
        "createSigner",
        "createVerifier",
        "createWebhookReceiver",
        "createWebhooksIntegration",
        "generateSecret",
        "parseSecret",
        "verifyWebhook",
      ]);
    },
  },
];
