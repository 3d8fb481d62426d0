import type { TapioNodeClient } from "@tapio/client/node";
import { TapioClientError, type TapioErrorCode } from "@tapio/client";
import type { Command } from "commander";
import { CommandFailure, type Io } from "../io.ts";

export interface ServerOptions {
  readonly server: string;
  readonly token?: string;
}

/** Adds `--server` and `--token` to a command that calls a gateway. */
export function withServerOptions(command: Command, io: Io): Command {
  return command
    .option("--server <url>", "the gateway (or TAPIO_SERVER)", io.env["TAPIO_SERVER"] ?? "http://127.0.0.1:8080")
    .option("--token <token>", "bearer token (or TAPIO_TOKEN)", io.env["TAPIO_TOKEN"]);
}

/** The gateway understood, and it is not so. */
const refusals: ReadonlySet<TapioErrorCode> = new Set(["invalid_argument", "not_found", "failed_precondition", "out_of_range"]);

const interrupted = "interrupted: if the call was to change something, it may have been done or not; look before you repeat it";

/** Runs a command's work with a client, and says in words what a failed call means. */
export async function withClient<T>(io: Io, options: ServerOptions, work: (client: TapioNodeClient) => Promise<T>): Promise<T> {
  if (!/^https?:$/.test(URL.parse(options.server)?.protocol ?? ""))
    throw new CommandFailure(2, `--server: "${options.server}" is not an http or https URL, e.g. http://127.0.0.1:8080`);
  const client = io.connect({ baseUrl: options.server, ...(options.token === undefined ? {} : { token: options.token }) });
  try {
    return await work(client);
  } catch (reason) {
    if (!(reason instanceof TapioClientError)) throw reason;
    if (reason.code === "canceled" && io.interrupted.aborted) throw new CommandFailure(3, interrupted);
    throw new CommandFailure(refusals.has(reason.code) ? 1 : 3, explain(reason, options.server));
  } finally {
    client.close();
  }
}

function explain(error: TapioClientError, server: string): string {
  switch (error.code) {
    case "unavailable":
      return `${server} cannot be reached: ${error.message}. Is the gateway running (npm start)? Another address: --server or TAPIO_SERVER`;
    case "unauthenticated":
      return `${server} does not let this call in: ${error.message}. Check the token (--token or TAPIO_TOKEN)`;
    case "unimplemented":
      return `${server} does not offer this call (${error.message}). Is the gateway as new as this tapioctl?`;
    case "deadline_exceeded":
      return `${server} did not answer in time; if the call was to change something, it may have been done or not`;
    case "not_found":
    case "failed_precondition":
      return error.message;
    default:
      // Many lines are the problems of a configuration: they stand for themselves.
      return error.message.includes("\n") ? error.message : `${server}: ${error.message} (${error.code})`;
  }
}
