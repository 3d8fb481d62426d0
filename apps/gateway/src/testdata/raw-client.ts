import { connect, type Socket } from "node:net";

/** A connection on which a test writes what it likes. */
export interface RawClient {
  readonly socket: Socket;
  /** Resolves with everything that was received when the other side has closed. */
  readonly closed: Promise<string>;
  /** Resolves when what was received so far holds `text`. */
  received(text: string): Promise<string>;
}

export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port });
  let text = "";
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(text));
  await new Promise<void>((resolveConnected, reject) => socket.once("connect", resolveConnected).once("error", reject));
  return {
    socket,
    closed,
    received: (wanted) =>
      new Promise((resolveReceived, reject) => {
        const look = (): void => {
          if (text.includes(wanted)) resolveReceived(text);
        };
        socket.on("data", look);
        socket.once("close", () => (text.includes(wanted) ? resolveReceived(text) : reject(new Error(`closed after: ${text}`))));
        look();
      }),
  };
}
