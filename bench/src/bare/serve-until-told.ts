import type { AddressInfo, Server } from "node:net";

/** Listens on a free port, says where, and ends in order on SIGTERM. */
export async function serveUntilTold(server: Server, close: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`ready on http://127.0.0.1:${port}\n`);
  process.once("SIGTERM", () => void close().then(() => process.exit(0)));
}
