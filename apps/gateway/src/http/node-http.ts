import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either protocol version: what is used of them is the same. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** A response of either protocol version. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

export type RequestListener = (request: NodeRequest, response: NodeResponse) => void;
