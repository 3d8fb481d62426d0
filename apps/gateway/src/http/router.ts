import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { Code, ConnectError } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Logger } from "@tapio/integration-core";
import type { SourceEndpoint } from "@tapio/ingest";
import type { Verdict, Caller } from "./access.ts";
import { HttpError } from "./http-error.ts";
import type { NodeRequest, NodeResponse, RequestListener } from "./node-http.ts";
import { readBody, type BodyLimits } from "./read-body.ts";
import { errorAnswer, respond, type Answer } from "./respond.ts";

/** A small page of the gateway itself, e.g. `GET /metrics`. */
export interface Page {
  readonly path: string;
  /** True: it is shown to whoever asks, for probes. */
  readonly isPublic: boolean;
  render(request: NodeRequest): Promise<Answer>;
}

export interface RouterOptions {
  readonly access: (caller: Caller) => Verdict;
  readonly api: readonly UniversalHandler[];
  readonly sources: readonly SourceEndpoint[];
  readonly pages: readonly Page[];
  readonly limits: BodyLimits;
  readonly logger: Logger;
}

interface RouteTable {
  readonly api: ReadonlyMap<string, UniversalHandler>;
  readonly sources: ReadonlyMap<string, SourceEndpoint>;
  readonly pages: ReadonlyMap<string, Page>;
}

/** One listener's requests: pages, source endpoints, and the API's services, each behind the listener's access rules. */
export function createRouter(options: RouterOptions): RequestListener {
  const routes: RouteTable = {
    api: new Map(options.api.map((handler) => [handler.requestPath, handler])),
    sources: new Map(options.sources.map((endpoint) => [endpoint.path, endpoint])),
    pages: new Map(options.pages.map((page) => [page.path, page])),
  };
  return (request, response) => {
    response.on("error", () => response.destroy());
    route(request, response, options, routes).catch((reason: unknown) => {
      answerError(request, response, reason, options.logger);
    });
  };
}

async function route(request: NodeRequest, response: NodeResponse, options: RouterOptions, routes: RouteTable): Promise<void> {
  const page = routes.pages.get(pathOf(request.url ?? "/"));
  if (page?.isPublic === true) return showPage(page, request, response);
  const verdict = options.access(callerOf(request));
  if (!verdict.allowed) {
    throw new HttpError(verdict.status, verdict.status === 401 ? "UNAUTHENTICATED" : "PERMISSION_DENIED", verdict.message);
  }
  const path = pathOf(verdict.url);
  const listed = page ?? routes.pages.get(path);
  if (listed !== undefined) return showPage(listed, request, response);
  const source = routes.sources.get(path);
  if (source !== undefined) return receive(source, verdict.url, request, response, options.limits);
  const handler = routes.api.get(path);
  if (handler !== undefined) return call(handler, verdict.url, request, response, options);
  throw new HttpError(404, "UNKNOWN_ENDPOINT", `there is nothing at ${path.slice(0, 200)}`);
}

async function showPage(page: Page, request: NodeRequest, response: NodeResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed("GET");
  respond(response, await page.render(request));
}

async function receive(
  source: SourceEndpoint,
  url: string,
  request: NodeRequest,
  response: NodeResponse,
  limits: BodyLimits,
): Promise<void> {
  if (request.method !== source.method) throw methodNotAllowed(source.method);
  const declared = Number(request.headers["content-length"] ?? 0);
  if (request.headers.expect !== undefined && declared <= limits.maxBytes && "writeContinue" in response) response.writeContinue();
  const body = await readBody(request, limits);
  const broken = new AbortController();
  response.once("close", () => broken.abort());
  const answer = await source.handle({ url, body, headers: request.headers, peerAddress: peerOf(request), signal: broken.signal });
  respond(response, answer);
}

async function call(
  handler: UniversalHandler,
  url: string,
  request: NodeRequest,
  response: NodeResponse,
  options: RouterOptions,
): Promise<void> {
  if (request.headers.expect !== undefined && "writeContinue" in response) response.writeContinue();
  const deadline = handler.method.methodKind === "unary" ? requestDeadline(request, response, options.limits.timeoutMs) : undefined;
  try {
    const universal = universalRequestFromNodeRequest(request, response, undefined, undefined);
    const answer = await handler({ ...universal, url: new URL(url, universal.url).toString() });
    await universalResponseToNodeResponse(answer, response);
  } catch (reason) {
    const code = ConnectError.from(reason).code;
    if (code !== Code.Aborted && code !== Code.Canceled) throw reason;
  } finally {
    clearTimeout(deadline);
  }
}

/** Ends a request whose body dawdles; HTTP/1.1 has Node's own request timeout besides, HTTP/2 has none. */
function requestDeadline(request: NodeRequest, response: NodeResponse, timeoutMs: number): NodeJS.Timeout {
  const timer = setTimeout(() => {
    if (request.complete) return;
    respond(response, errorAnswer(408, "REQUEST_TIMEOUT", `the body did not arrive within ${timeoutMs} ms`));
    endAfterAnswer(request, response);
  }, timeoutMs);
  timer.unref();
  return timer;
}

function answerError(request: NodeRequest, response: NodeResponse, reason: unknown, logger: Logger): void {
  if (reason instanceof HttpError) {
    const answer = errorAnswer(reason.status, reason.code, reason.message);
    const closing = "stream" in response ? {} : { connection: "close" };
    const challenge = reason.status === 401 ? { "www-authenticate": "Bearer" } : {};
    respond(response, { ...answer, headers: { ...answer.headers, ...(request.complete ? {} : closing), ...challenge } });
  } else {
    logger.error({ err: reason, path: pathOf(request.url ?? "") }, "request failed");
    respond(response, errorAnswer(500, "INTERNAL", "the gateway failed at this request; its log says why"));
  }
  endAfterAnswer(request, response);
}

const lingerMs = 2_000;

/**
 * The rest of a refused body is read and thrown away for a moment, so that the client sees the answer and not a reset; then the
 * connection (HTTP/1.1) or the stream (HTTP/2) is cut.
 */
function endAfterAnswer(request: NodeRequest, response: NodeResponse): void {
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

function methodNotAllowed(method: string): HttpError {
  return new HttpError(405, "METHOD_NOT_ALLOWED", `use ${method}`);
}

function callerOf(request: NodeRequest): Caller {
  return {
    peerAddress: peerOf(request),
    url: request.url ?? "/",
    authorization: request.headers.authorization,
    host: "authority" in request ? request.authority : request.headers.host,
    origin: request.headers.origin,
  };
}

function peerOf(request: NodeRequest): string {
  return request.socket.remoteAddress ?? "";
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
