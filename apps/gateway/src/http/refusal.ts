import type { Logger } from "@tapio/integration-core";
import { HttpError } from "./http-error.ts";
import type { NodeRequest, NodeResponse } from "./node-http.ts";
import { loggablePath, targetOf } from "./request-target.ts";
import { errorAnswer, respond } from "./respond.ts";

/** Answers a request that failed: as an HttpError says, or with 500 and a line in the log. */
export function answerFailure(request: NodeRequest, response: NodeResponse, reason: unknown, logger: Logger): void {
  if (reason instanceof HttpError) {
    const answer = errorAnswer(reason.status, reason.code, reason.message);
    const closing = request.complete || "stream" in response ? {} : { connection: "close" };
    const challenge = reason.status === 401 ? { "www-authenticate": "Bearer" } : {};
    respond(response, { ...answer, headers: { ...answer.headers, ...reason.headers, ...closing, ...challenge } });
  } else {
    logger.error({ err: reason, path: loggablePath(targetOf(request)) }, "request failed");
    respond(response, errorAnswer(500, "INTERNAL", "the gateway failed at this request; its log says why"));
  }
  endAfterAnswer(request, response);
}

/** For how long the rest of a refused body is read, in milliseconds. */
export const lingerMs = 2_000;

/**
 * The rest of a refused body is read and thrown away for a moment, so that the client sees the answer and not a reset; then the
 * connection (HTTP/1.1) or the stream (HTTP/2) is cut.
 */
export function endAfterAnswer(request: NodeRequest, response: NodeResponse): void {
  if (request.complete) return;
  request.on("error", () => undefined);
  request.resume();
  const timer = setTimeout(() => {
    if ("stream" in response) response.stream?.close();
    else request.destroy();
  }, lingerMs);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}
