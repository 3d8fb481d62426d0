import type { NodeRequest, NodeResponse } from "./node-http.ts";
import { tooLarge, type BodyLimits } from "./read-body.ts";

/** Answers `Expect: 100-continue`, unless the body would be refused anyway. */
export function welcomeBody(request: NodeRequest, response: NodeResponse, limits: BodyLimits): void {
  if (request.headers.expect === undefined) return;
  if (Number(request.headers["content-length"] ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes);
  response.writeContinue();
}
