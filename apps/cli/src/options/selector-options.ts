import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DeadLetterSelectorInit } from "@tapio/client";
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { filterOf, hasFilter, withFilterOptions, type FilterOptions } from "./filter-options.ts";
import { collect, wholeNumber } from "./option-values.ts";
import { timeOf } from "./place.ts";

export interface SelectorOptions extends FilterOptions {
  readonly destination?: string;
  readonly id: readonly string[];
  readonly code: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Adds the options that say which dead letters are meant; they are joined by AND. */
export function withSelectorOptions(command: Command): Command {
  command
    .option("--destination <name>", "of this destination only")
    .option("--id <id>", "of this record only; may be given again", collect, [] as readonly string[])
    .option("--code <code>", "given up for this reason, e.g. record_invalid; may be given again", collect, [] as readonly string[])
    .option("--from <sequence>", "from this sequence on")
    .option("--to <sequence>", "up to this sequence")
    .option("--since <time>", "given up at this time or later: RFC 3339, or e.g. 15m for so long ago")
    .option("--until <time>", "given up before this time");
  return withFilterOptions(command);
}

export function selectorOf(options: SelectorOptions, io: Io): DeadLetterSelectorInit {
  const { destination = "", from = "0", to = "0", since, until } = options;
  return {
    destination,
    ids: [...options.id],
    codes: [...options.code],
    fromSequence: BigInt(wholeNumber("--from", from)),
    toSequence: BigInt(wholeNumber("--to", to)),
    ...(since !== undefined && { fromTime: timestampFromMs(timeOf("--since", since, io.now())) }),
    ...(until !== undefined && { toTime: timestampFromMs(timeOf("--until", until, io.now())) }),
    ...(hasFilter(options) && { filter: filterOf(options) }),
  };
}

/** Whether the user named any condition. */
export function hasSelector(options: SelectorOptions): boolean {
  const { destination, id, code, from, to, since, until } = options;
  return [destination, from, to, since, until].some((value) => value !== undefined) || id.length + code.length > 0 || hasFilter(options);
}
