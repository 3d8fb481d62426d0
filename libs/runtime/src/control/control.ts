import type {
  Destination as DestinationMessage,
  DiscardDeadLettersRequest,
  DiscardDeadLettersResponse,
  ExplainResponse,
  ListDeadLettersRequest,
  ListDeadLettersResponse,
  ReplayDeadLettersRequest,
  ReplayDeadLettersResponse,
  SkipDestinationRequest,
  SkipDestinationResponse,
} from "@tapio/contracts/admin/v1/admin";
import { ControlError } from "@tapio/integration-core";
import type { Destination } from "../destination/destination.ts";
import type { RuntimeParts } from "../runtime-parts.ts";
import { createTurns } from "../turns.ts";
import { discardDeadLetters } from "./discard.ts";
import { explain } from "./explain.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listDestinations, messageOf } from "./list-destinations.ts";
import { replayDeadLetters } from "./replay.ts";
import { skipDestination } from "./skip.ts";

/** What an operator may see and do; every member rejects with a ControlError when it cannot be done. */
export interface Control {
  /** In the configuration's order, then those that were removed and still have a log. */
  listDestinations(): Promise<readonly DestinationMessage[]>;
  pauseDestination(name: string): Promise<DestinationMessage>;
  resumeDestination(name: string): Promise<DestinationMessage>;
  /** Settles everything up to the head of this moment, and pauses. */
  drainDestination(name: string): Promise<DestinationMessage>;
  skipDestination(request: SkipDestinationRequest): Promise<SkipDestinationResponse>;
  explain(id: string): Promise<ExplainResponse>;
  listDeadLetters(request: ListDeadLettersRequest): Promise<ListDeadLettersResponse>;
  replayDeadLetters(request: ReplayDeadLettersRequest): Promise<ReplayDeadLettersResponse>;
  discardDeadLetters(request: DiscardDeadLettersRequest): Promise<DiscardDeadLettersResponse>;
}

export function createControl(parts: RuntimeParts): Control {
  const changed = async (name: string, change: (destination: Destination) => Promise<void>): Promise<DestinationMessage> => {
    const destination = named(parts, name);
    await change(destination);
    return await messageOf(parts, destination);
  };
  // Two at once would each go by dead letters that the other has changed meanwhile.
  const inTurn = createTurns();
  return {
    listDestinations: () => listDestinations(parts),
    pauseDestination: (name) => changed(name, (destination) => destination.pause("an operator paused it")),
    resumeDestination: (name) => changed(name, (destination) => destination.resume()),
    drainDestination: (name) => changed(name, (destination) => destination.drainToHead()),
    skipDestination: (request) => skipDestination(parts, named(parts, request.name), request),
    explain: (id) => explain(parts, id),
    listDeadLetters: (request) => listDeadLetters(parts, request),
    replayDeadLetters: (request) => inTurn(() => replayDeadLetters(parts, request)),
    discardDeadLetters: (request) => inTurn(() => discardDeadLetters(parts, request)),
  };
}

/** @throws ControlError `not_found` with the names that there are. */
function named({ destinations }: RuntimeParts, name: string): Destination {
  const found = destinations.get(name);
  if (found !== undefined) return found;
  const known = [...destinations.keys()].join(", ");
  throw new ControlError("not_found", `there is no destination "${name}"; there are ${known === "" ? "none" : known}`);
}
