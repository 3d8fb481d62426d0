import { once } from "node:events";
import type { LookupAddress } from "node:dns";
import { fileURLToPath } from "node:url";
import { createIntegrationContext } from "@tapio/testing";
import { describe, expect, it } from "vitest";
import type { AddressPolicy, Lookup } from "../core/interfaces.ts";
import { openIntegration, summary } from "../testdata/open-integration.ts";
import { startHttpServer, startHttpsServer, startTcpServer } from "../testdata/test-server.ts";
import { createGuardedConnector } from "./guarded-connector.ts";

const caFile = fileURLToPath(new URL("../testdata/ca.pem", import.meta.url));

/** A DNS that answers each time with the next of these. */
function lookupOf(...answers: (string[] | Error)[]): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, options, callback) => {
    asked.push(hostname);
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    if (answer instanceof Error) {
      callback(answer, []);
      return;
    }
    const found: LookupAddress[] = answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family ?? 0);
  };
  return Object.assign(lookup, { asked });
}

const ok = () => startHttpServer((request, response) => request.resume().on("end", () => response.end()));

describe("the address that is dialled", () => {
  it("is one that DNS gave and the policy allows", async () => {
    await using server = await ok();
    const lookup = lookupOf(["127.0.0.1"]);
    await using sender = await openIntegration({ url: `http://hook.test:${server.port}/`, dangerouslyAllowHttp: true }, { lookup });
    expect(summary(await sender.deliver())).toBe("delivered");
    expect(lookup.asked).toEqual(["hook.test"]);
  });

  it("is never a private one, whatever name hides it, and the record is kept for a person to decide", async () => {
    await using server = await ok();
    const lookup = lookupOf(["127.0.0.1"]);
    await using sender = await openIntegration(
      { url: `http://hook.test:${server.port}/`, dangerouslyAllowHttp: true, allowedCidrs: [] },
      { lookup },
    );
    expect(summary(await sender.deliver())).toBe(
      "access_denied: hook.test resolves to nothing that may be dialled: 127.0.0.1 is not on the public internet (loopback); add its range to allowed_cidrs if it is meant",
    );
    expect(server.connectionCount()).toBe(0);
  });

  it("is never a metadata address, not even where everything is allowed", async () => {
    const lookup = lookupOf(["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"]);
    await using sender = await openIntegration({ url: "https://hook.test/", allowedCidrs: ["0.0.0.0/0", "::/0"] }, { lookup });
    expect(summary(await sender.deliver())).toMatch(/^access_denied: .*169\.254\.169\.254 is a link-local or metadata address/);
  });

  it("is only the allowed ones of a mixed answer", async () => {
    await using server = await ok();
    const lookup = lookupOf(["10.1.2.3", "127.0.0.1", "fe80::1"]);
    await using sender = await openIntegration({ url: `http://hook.test:${server.port}/`, dangerouslyAllowHttp: true }, { lookup });
    expect(summary(await sender.deliver())).toBe("delivered");
  });

  it("is judged anew on every connection, so that DNS which changes its mind gains nothing", async () => {
    await using server = await startHttpServer((request, response) => {
      request.resume();
      response.setHeader("connection", "close").end();
    });
    const lookup = lookupOf(["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]);
    await using sender = await openIntegration({ url: `http://hook.test:${server.port}/`, dangerouslyAllowHttp: true }, { lookup });
    const codes = [];
    for (let attempt = 0; attempt < 3; attempt += 1) codes.push(summary(await sender.deliver()).split(":")[0]);
    expect(codes).toEqual(["delivered", "access_denied", "delivered"]);
    expect(server.connectionCount()).toBe(2);
  });

  it("is loopback for http:// to localhost, even if the name points elsewhere", async () => {
    const lookup = lookupOf(["8.8.8.8"]);
    await using sender = await openIntegration({ url: "http://localhost:9/" }, { lookup });
    expect(summary(await sender.deliver())).toMatch(
      /^access_denied: .*8\.8\.8\.8 is not loopback, and http:\/\/ is allowed to loopback only/,
    );
  });

  it.each([
    ["no address at all", [] as string[], /^access_denied: .*: no address$/],
    ["a failing DNS", Object.assign(new Error("getaddrinfo ENOTFOUND hook.test"), { code: "ENOTFOUND" }), /^unavailable: .*ENOTFOUND/],
  ])("of %s is no reason to lose a record", async (_, answer, expected) => {
    await using sender = await openIntegration({ url: "https://hook.test/" }, { lookup: lookupOf(answer) });
    expect(summary(await sender.deliver())).toMatch(expected);
  });

  it("may come from a resolver that gives one address instead of a list", async () => {
    await using server = await ok();
    const lookup: Lookup = (_hostname, _options, callback) => callback(null, "127.0.0.1", 4);
    await using sender = await openIntegration({ url: `http://hook.test:${server.port}/`, dangerouslyAllowHttp: true }, { lookup });
    expect(summary(await sender.deliver())).toBe("delivered");
  });
});

describe("a guarded connector", () => {
  function connect(hostname: string, port: number, policy: AddressPolicy, lookup = lookupOf(["127.0.0.1"])) {
    const connector = createGuardedConnector({ policy, lookup, signal: new AbortController().signal, timeoutMs: 5000, ca: undefined });
    return new Promise<string>((resolve) => {
      connector({ hostname, protocol: "http:", port: String(port) }, (error, socket) => {
        socket?.destroy();
        resolve(error?.message ?? "connected");
      });
    });
  }
  const refuseAll: AddressPolicy = (address) => ({ allowed: false, reason: `${address} refused` });

  it("judges literals, for which no lookup is made", async () => {
    await using server = await startTcpServer(() => undefined);
    const lookup = lookupOf([]);
    expect(await connect("127.0.0.1", server.port, refuseAll, lookup)).toBe("127.0.0.1 refused");
    expect(await connect("::ffff:127.0.0.1", server.port, refuseAll, lookup)).toBe("::ffff:127.0.0.1 refused");
    expect(lookup.asked).toEqual([]);
    expect(server.connectionCount()).toBe(0);
  });

  it("leaves a connection that reached another address than was judged", async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startTcpServer((socket) => closed.push(once(socket.resume(), "close")));
    let asked = 0;
    const allowOnce: AddressPolicy = (address) =>
      asked++ === 0 ? { allowed: true } : { allowed: false, reason: `${address} was reached` };
    expect(await connect("hook.test", server.port, allowOnce)).toBe("127.0.0.1 was reached");
    await Promise.all(closed);
  });

  it("answers a caller that wants one address with one", async () => {
    await using server = await startTcpServer(() => undefined);
    expect(await connect("hook.test", server.port, () => ({ allowed: true }))).toBe("connected");
  });
});

describe("TLS", () => {
  const answer = () => startHttpsServer((request, response) => request.resume().on("end", () => response.end()));
  const lookup = lookupOf(["127.0.0.1"]);

  it("trusts the authorities of ca_file", async () => {
    await using server = await answer();
    await using sender = await openIntegration({ url: `https://hook.test:${server.port}/`, caFile }, { lookup });
    expect(summary(await sender.deliver())).toBe("delivered");
    expect(await sender.integration.health({ signal: new AbortController().signal })).toEqual({
      healthy: true,
      message: "",
      details: { endpoint: `https://hook.test:${server.port}/`, address: "127.0.0.1" },
    });
  });

  it("trusts nobody else", async () => {
    await using server = await answer();
    await using sender = await openIntegration({ url: `https://hook.test:${server.port}/` }, { lookup });
    expect(summary(await sender.deliver())).toMatch(/^unavailable: .*UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    expect((await sender.integration.health({ signal: new AbortController().signal })).healthy).toBe(false);
  });

  it("asks for the right name in the certificate", async () => {
    await using server = await answer();
    await using sender = await openIntegration({ url: `https://other.test:${server.port}/`, caFile }, { lookup });
    expect(summary(await sender.deliver())).toMatch(/^unavailable: .*ERR_TLS_CERT_ALTNAME_INVALID/);
  });
});

describe("health", () => {
  it("ends when its signal aborts in the middle of a TLS handshake, and closes the connection", async () => {
    await using server = await startTcpServer((socket) => socket.resume());
    await using sender = await openIntegration({ url: `https://127.0.0.1:${server.port}/` });
    const asking = new AbortController();
    const asked = sender.integration.health({ signal: asking.signal });
    while (server.connectionCount() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    asking.abort();
    expect(await asked).toMatchObject({ healthy: false });
    await server.untilNoConnection();
  });

  it("says that it was not initialized", async () => {
    const { createWebhooksIntegration } = await import("../integration.ts");
    const integration = createWebhooksIntegration();
    expect(await integration.health({ signal: new AbortController().signal })).toEqual({
      healthy: false,
      message: "the destination is not initialized",
      details: {},
    });
    await integration.close();
    await expect(integration.initialize({} as never, createIntegrationContext())).rejects.toBeDefined();
  });
});

describe("close", () => {
  it("ends connections that are still being opened", async () => {
    await using server = await startTcpServer((socket) => socket.resume());
    await using sender = await openIntegration({ url: `https://127.0.0.1:${server.port}/` });
    const delivery = sender.deliver();
    while (server.connectionCount() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await sender.integration.close();
    expect(summary(await delivery)).toBe("canceled: ended while it was being sent");
    await server.untilNoConnection();
  });
});
