import { within } from "@tapio/testing";
import { createTapioClient } from "../create-tapio-client.ts";
import { createTapioNodeClient } from "../create-tapio-node-client.ts";
import { TapioClientError } from "../tapio-client-error.ts";
import type { TapioClient } from "../tapio-client.ts";
import { startTestServer, type TestServer, type TestServices } from "./test-server.ts";

/** The ways in which a client reaches a server. */
export const clientKinds = ["fetch", "grpc", "connect"] as const;

/** Runs a test with a client and a server whose services it writes. */
export async function withClient(
  kind: (typeof clientKinds)[number],
  services: TestServices,
  run: (client: TapioClient, server: TestServer) => Promise<void>,
): Promise<void> {
  await using server = await startTestServer(services);
  if (kind === "fetch") return await run(createTapioClient({ baseUrl: server.http1Url, token: "t0ken" }), server);
  const baseUrl = kind === "grpc" ? server.http2Url : server.http1Url;
  using client = createTapioNodeClient({ baseUrl, protocol: kind, token: async () => "t0ken" });
  await run(client, server);
}

/** How a call failed, which it must with the client's own error. */
export async function failure(promise: Promise<unknown>): Promise<TapioClientError> {
  const reason: unknown = await within(
    promise.then(
      () => new Error("the call did not fail"),
      (error: unknown) => error,
    ),
    "the call",
  );
  if (reason instanceof TapioClientError) return reason;
  throw reason;
}
