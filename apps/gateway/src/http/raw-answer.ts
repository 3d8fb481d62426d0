import type { Duplex } from "node:stream";

export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  readonly code: string;
  readonly message: string;
}

/** What a client is told whose bytes never became a request. */
export function malformedAnswer(reason: NodeJS.ErrnoException): RawAnswer {
  switch (reason.code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, reason: "Request Timeout", code: "REQUEST_TIMEOUT", message: "the request did not arrive in time" };
    case "HPE_HEADER_OVERFLOW":
      return {
        status: 431,
        reason: "Request Header Fields Too Large",
        code: "HEADERS_TOO_LARGE",
        message: "the headers are larger than 16 KiB",
      };
    case "HPE_INVALID_EOF_STATE":
      return badRequest("BROKEN_BODY", "the connection was closed in the middle of the request");
    case "HPE_INVALID_METHOD":
    case "HPE_INVALID_CONSTANT":
      return badRequest("MALFORMED_HTTP", "this is not an HTTP/1.1 or HTTP/2 request; TLS needs a listener with tls");
    default:
      return badRequest("MALFORMED_HTTP", `this is not a request that HTTP/1.1 permits (${reason.message.slice(0, 100)})`);
  }
}

function badRequest(code: string, message: string): RawAnswer {
  return { status: 400, reason: "Bad Request", code, message };
}

export function sendRawAnswer(socket: Duplex, answer: RawAnswer): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify({ error: { code: answer.code, message: answer.message } })}\n`;
  socket.end(
    `HTTP/1.1 ${answer.status} ${answer.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
