import type { Http2Session } from "node:http2";
import type { Http2SessionManager } from "@connectrpc/connect-node";

type SessionManager = Pick<Http2SessionManager, "authority" | "request" | "notifyResponseByteRead">;

/**
 * The manager, with a listener for errors on each of its sessions that stays. connect-node 2.2 takes its own off when a manager is aborted,
 * and a session that dies in the same moment then emits an error that nobody hears, which ends the process. Calls hear of
 * it from their streams.
 */
export function guardSessions(manager: Http2SessionManager): SessionManager {
  const guarded = new WeakSet<Http2Session>();
  return {
    authority: manager.authority,
    async request(...args) {
      const stream = await manager.request(...args);
      const { session } = stream;
      if (session !== undefined && !guarded.has(session)) {
        guarded.add(session);
        session.on("error", () => undefined);
      }
      return stream;
    },
    notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
  };
}
