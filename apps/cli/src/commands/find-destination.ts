import type { TapioNodeClient } from "@tapio/client/node";
import type { Destination } from "@tapio/contracts/admin/v1/admin";
import { CommandFailure, type Io } from "../io.ts";

/** @throws CommandFailure that names those that there are. */
export async function findDestination(client: TapioNodeClient, name: string, io: Io): Promise<Destination> {
  const all = await client.admin.listDestinations({ signal: io.interrupted });
  const found = all.find((destination) => destination.name === name);
  if (found !== undefined) return found;
  const names = all.length === 0 ? "none is configured" : `there are ${all.map((destination) => destination.name).join(", ")}`;
  throw new CommandFailure(1, `there is no destination "${name}": ${names}`);
}
