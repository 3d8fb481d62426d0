import type { Duplex } from "node:stream";

export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  readonly code: string;
  readonly message: string;
}

/** What a client is told whose bytes never became a request. */
export function requestTimeoutAnswer(reason: NodeJS.ErrnoException): RawAnswer {
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
    default:
      return { status: 400, reason: "Bad Request", code: "MALFORMED_HTTP", message: "this is not an HTTP/1.1 or HTTP/2 request" };
  }
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
