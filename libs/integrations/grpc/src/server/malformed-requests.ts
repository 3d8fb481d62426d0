import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";

/**
 * A request gate that lets every call pass, and sees to it that a request that cannot be parsed is answered with INVALID_ARGUMENT.
 *
 * connect-es 2.2 answers a broken protobuf message with INTERNAL, before interceptors run. Its handlers abort the call's context with
 * the error before they write the answer from it, in all three protocols, which is the only place where the code can be set right.
 */
export function answerMalformedRequests(context: HandlerContext): void {
  context.signal.addEventListener("abort", () => restate(context.signal.reason), { once: true });
}

function restate(reason: unknown): void {
  if (!(reason instanceof ConnectError)) return;
  const isBroken = reason.code === Code.Internal && reason.rawMessage.startsWith("parse binary: ");
  const isBrokenJson = reason.code === Code.InvalidArgument && reason.rawMessage.startsWith("cannot decode ");
  if (!isBroken && !isBrokenJson) return;
  const detail = withPublicNames(reason.rawMessage.replace("parse binary: ", ""));
  Object.assign(reason, { code: Code.InvalidArgument, rawMessage: `the request cannot be parsed: ${detail}` });
}

/** The raw messages are no API: callers know them by the names of the messages that they stand for. */
function withPublicNames(message: string): string {
  return message.replaceAll(/tapio\.(\w+)\.raw\.v1\.(?:Raw|Json)/g, "tapio.$1.v1.");
}
