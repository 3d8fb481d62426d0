import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { SourceEndpoint } from "@tapio/ingest";
import type { Logger } from "@tapio/integration-core";
import type { Caller, Verdict } from "./access.ts";
import { callApi } from "./api-call.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { HangupSignal } from "./hangup-signal.ts";
import { HttpError } from "./http-error.ts";
import type { NodeRequest, NodeResponse, RequestListener } from "./node-http.ts";
import { readBody, type BodyLimits } from "./read-body.ts";
import { answerFailure } from "./refusal.ts";
import { pathOf, targetOf } from "./request-target.ts";
import { respond, type Answer } from "./respond.ts";
import { welcomeBody } from "./welcome-body.ts";

/** A small page of the gateway itself, e.g. `GET /metrics`. */
export interface Page {
  readonly path: string;
  /** True: it is shown to whoever asks, at any time, for probes. */
  readonly isPublic: boolean;
  render(request: NodeRequest): Promise<Answer>;
}

export interface RouterOptions {
  readonly access: (caller: Caller) => Verdict;
  readonly api: readonly UniversalHandler[];
  readonly sources: readonly SourceEndpoint[];
  readonly pages: readonly Page[];
  readonly limits: BodyLimits;
  /** Of all listeners together. */
  readonly budget: ByteBudget;
  /** False while the gateway starts: probes alone are answered. */
  isOpen(): boolean;
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
    const fail = (reason: unknown): void => answerFailure(request, response, reason, options.logger);
    try {
      route(request, response, options, routes).catch(fail);
    } catch (reason) {
      // Not before the parser has seen what came with the headers: a request that is there as a whole keeps its connection.
      queueMicrotask(() => fail(reason));
    }
  };
}

/** What goes wrong may be thrown at once: a promise more for each request is not free. */
function route(request: NodeRequest, response: NodeResponse, options: RouterOptions, routes: RouteTable): Promise<void> {
  const target = targetOf(request);
  const targetPath = pathOf(target);
  const probe = routes.pages.get(targetPath);
  if (probe?.isPublic === true) return showPage(probe, request, response);
  const verdict = options.access(callerOf(request, target));
  if (!verdict.allowed) {
    throw new HttpError(verdict.status, verdict.status === 401 ? "UNAUTHENTICATED" : "PERMISSION_DENIED", verdict.message);
  }
  if (!options.isOpen()) throw new HttpError(503, "UNAVAILABLE", "the gateway is starting: come again", { "retry-after": "1" });
  const path = verdict.url === target ? targetPath : pathOf(verdict.url);
  const page = routes.pages.get(path);
  if (page !== undefined) return showPage(page, request, response);
  const source = routes.sources.get(path);
  if (source !== undefined) return receive(source, verdict.url, request, response, options);
  const handler = routes.api.get(path);
  if (handler !== undefined)
    return callApi(handler, { request, response, url: verdict.url, limits: options.limits, budget: options.budget });
  throw new HttpError(404, "UNKNOWN_ENDPOINT", `there is nothing at ${path.slice(0, 200)}`);
}

async function showPage(page: Page, request: NodeRequest, response: NodeResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed("GET, HEAD");
  respond(response, await page.render(request));
}

async function receive(
  source: SourceEndpoint,
  url: string,
  request: NodeRequest,
  response: NodeResponse,
  { limits, budget }: RouterOptions,
): Promise<void> {
  if (request.method !== source.method) throw methodNotAllowed(source.method);
  welcomeBody(request, response, limits);
  const share = budget.open();
  try {
    const body = await readBody(request, limits, share);
    const hangup = new HangupSignal(response);
    const call = { url, body, headers: request.headers, peerAddress: peerOf(request), hangup };
    respond(response, await source.handle(call));
  } finally {
    share.free();
  }
}

function methodNotAllowed(methods: string): HttpError {
  return new HttpError(405, "METHOD_NOT_ALLOWED", `use ${methods}`, { allow: methods });
}

function callerOf(request: NodeRequest, target: string): Caller {
  return {
    peerAddress: peerOf(request),
    url: target,
    authorization: request.headers.authorization,
    host: "authority" in request ? request.authority : request.headers.host,
    origin: request.headers.origin,
  };
}

function peerOf(request: NodeRequest): string {
  return request.socket.remoteAddress ?? "";
}
