import { Code, ConnectError } from "@connectrpc/connect";
import { contentTypeMatcher, type UniversalHandler } from "@connectrpc/connect/protocol";

const jsonContentType = /^application\/(?:connect\+|grpc\+|grpc-web\+)?json\s*(?:;|$)/i;

/** True for the content types of all protocols whose messages are JSON. */
export function isJsonContentType(contentType: string | null): boolean {
  return contentType !== null && jsonContentType.test(contentType);
}

/**
 * One handler for one path out of two that differ in their message types: one for binary messages, the other for JSON. Both
 * must be of the same path.
 */
export function byContentType(binary: UniversalHandler, json: UniversalHandler): UniversalHandler {
  if (binary.requestPath !== json.requestPath) {
    throw new ConnectError(`cannot join handlers of ${binary.requestPath} and ${json.requestPath}`, Code.Internal);
  }
  const answer: (...args: Parameters<UniversalHandler>) => ReturnType<UniversalHandler> = (request) =>
    isJsonContentType(request.header.get("content-type")) ? json(request) : binary(request);
  return Object.assign(answer, {
    protocolNames: binary.protocolNames,
    service: binary.service,
    method: binary.method,
    requestPath: binary.requestPath,
    supportedContentType: contentTypeMatcher(binary.supportedContentType, json.supportedContentType),
    allowedMethods: binary.allowedMethods,
  });
}
