import { createClient, type Transport } from "@connectrpc/connect";
import { AdminService, type Destination } from "@tapio/contracts/admin/v1/admin";
import type { Calls } from "./calls.ts";
import { toPosition } from "./subscription.ts";
import { TapioClientError } from "./tapio-client-error.ts";
import type { TapioAdmin } from "./tapio-admin.ts";

/** tapio.admin.v1 over a transport. */
export function createAdmin(transport: Transport, calls: Calls): TapioAdmin {
  const service = createClient(AdminService, transport);
  const admin: TapioAdmin = {
    listDestinations: async (options = {}) => (await calls.run(options, (rpc) => service.listDestinations({}, rpc))).destinations,
    pauseDestination: async (name, options = {}) => stateOf(await calls.run(options, (rpc) => service.pauseDestination({ name }, rpc))),
    resumeDestination: async (name, options = {}) => stateOf(await calls.run(options, (rpc) => service.resumeDestination({ name }, rpc))),
    drainDestination: async (name, options = {}) => stateOf(await calls.run(options, (rpc) => service.drainDestination({ name }, rpc))),
    skipDestination: (name, to, { dryRun = false, ...options } = {}) =>
      calls.run(options, (rpc) => service.skipDestination({ name, to: toPosition(to), dryRun }, rpc)),
    explain: (id, options = {}) => calls.run(options, (rpc) => service.explain({ id }, rpc)),
    listDeadLetters: (request = {}, options = {}) => calls.run(options, (rpc) => service.listDeadLetters(request, rpc)),
    async *deadLetters(selector = {}, { pageSize = 1_000, ...options } = {}) {
      let pageToken = "";
      do {
        const page = await admin.listDeadLetters({ selector, pageSize, pageToken }, options);
        yield* page.deadLetters;
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
    },
    replayDeadLetters: (selector, { dryRun = false, ...options } = {}) =>
      calls.run(options, (rpc) => service.replayDeadLetters({ selector, dryRun }, rpc)),
    discardDeadLetters: (selector, { dryRun = false, ...options } = {}) =>
      calls.run(options, (rpc) => service.discardDeadLetters({ selector, dryRun }, rpc)),
    reloadConfig: ({ dryRun = false, ...options } = {}) => calls.run(options, (rpc) => service.reloadConfig({ dryRun }, rpc)),
  };
  return admin;
}

function stateOf({ destination }: { destination?: Destination | undefined }): Destination {
  if (destination !== undefined) return destination;
  throw new TapioClientError("internal", "the server's answer lacks the destination");
}
