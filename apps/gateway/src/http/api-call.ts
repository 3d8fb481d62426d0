import { Code, ConnectError } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import type { ByteBudget } from "./byte-budget.ts";
import { guardBody, type BodyGuard } from "./guarded-body.ts";
import { HttpError } from "./http-error.ts";
import type { NodeRequest, NodeResponse } from "./node-http.ts";
import type { BodyLimits } from "./read-body.ts";
import { endAfterAnswer } from "./refusal.ts";
import { welcomeBody } from "./welcome-body.ts";

export interface ApiCall {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** Path and query, without a path token. */
  readonly url: string;
  readonly limits: BodyLimits;
  readonly budget: ByteBudget;
}

/** The gRPC status that means "too late" is 504 in plain HTTP; a request that dawdles is the client's own doing, which is 408. */
const lateStatus = 408;

/** Gives one call to its service. What goes wrong in it is answered in the call's own protocol. */
export async function callApi(handler: UniversalHandler, { request, response, url, limits, budget }: ApiCall): Promise<void> {
  welcomeBody(request, response, limits);
  // HTTP/1.0 knows no Host; connect wants one to make a URL, of which only the path is used.
  if (!("authority" in request)) request.headers.host ??= "localhost";
  const universal = universalRequestFromNodeRequest(request, response, undefined, undefined);
  const streams = handler.method.methodKind === "client_streaming" || handler.method.methodKind === "bidi_streaming";
  const guard = { share: budget.open(), timeoutMs: streams ? undefined : limits.timeoutMs };
  try {
    await answerCall(
      handler,
      { ...universal, url: new URL(url, universal.url).toString(), body: bytesOf(universal.body) },
      response,
      guard,
    );
  } finally {
    endAfterAnswer(request, response);
  }
}

/** A call whose body was not looked at yet. */
export interface UnreadCall extends UniversalServerRequest {
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Lets the handler read the body within the limits and writes what it answers; the body's share is free afterwards.
 * @throws HttpError 415 for a content type that the method has no protocol for, which connect answers without a word.
 */
export async function answerCall(handler: UniversalHandler, call: UnreadCall, response: NodeResponse, guard: BodyGuard): Promise<void> {
  const guarded = guardBody(call.body, guard);
  try {
    const answer = await handler({ ...call, body: guarded.body });
    if (answer.status === 415) throw unknownContentType(handler, call.header.get("content-type"));
    if (guarded.isLate() && answer.status === 504) await universalResponseToNodeResponse({ ...answer, status: lateStatus }, response);
    else await universalResponseToNodeResponse(answer, response);
  } catch (reason) {
    if (reason instanceof HttpError) throw reason;
    const { code } = ConnectError.from(reason);
    if (code !== Code.Aborted && code !== Code.Canceled) throw reason;
  } finally {
    guarded.dispose();
    guard.share.free();
  }
}

function unknownContentType({ method }: UniversalHandler, given: string | null): HttpError {
  const wanted = method.methodKind === "unary" ? "application/json" : "gRPC or application/connect+json, since it is a stream";
  const what = given === null ? "there is no content-type" : `content-type "${given.slice(0, 100)}" is not supported`;
  return new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", `${what}: ${method.name} wants ${wanted}`);
}

/** connect-node gives a parsed body only where it was handed one, which is never done here. */
function bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) return body as AsyncIterable<Uint8Array>;
  throw new TypeError("the body of an API call must be a stream of bytes");
}
