import type { Socket } from "node:net";

const prefaceStart = Buffer.from("PRI", "latin1");

/** Tells HTTP/2 by its preface, of which three bytes are enough: `P` alone is also POST, PUT and PATCH. A connection that says nothing is cut. */
export function sniffProtocol(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const cut = (): void => void socket.destroy();
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) seen = Buffer.concat([seen, chunk]);
    const isPreface = prefaceStart.subarray(0, seen.byteLength).equals(seen.subarray(0, 3));
    if (isPreface && seen.byteLength < 3) return;
    socket.off("readable", look).off("end", cut);
    clearTimeout(timer);
    // Put back only what is decided upon: `unshift` makes the socket readable again at once.
    socket.unshift(seen);
    decide(isPreface);
  };
  socket.on("readable", look);
  socket.once("end", cut);
  socket.once("close", () => clearTimeout(timer));
}
