import type { DeadLetterSelectorInit } from "@tapio/client";
import type { TapioNodeClient } from "@tapio/client/node";
import { counted, formatCount } from "../format/format-numbers.ts";
import { formatTable } from "../format/format-table.ts";
import { printable, shortened } from "../format/printable.ts";
import type { Io } from "../io.ts";

/** Dead letters that were given up for the same reason. */
export interface DeadLetterGroup {
  readonly destination: string;
  readonly code: string;
  /** What was said; absent where that is not counted apart. */
  readonly message?: string;
  readonly count: number;
}

/** So many messages are counted apart, the others of their destination and code together. */
const MESSAGES_MAX = 10_000;
const MESSAGE_CHARACTERS_MAX = 120;

/** The gateway counts: one call per destination. */
export async function countByCode(client: TapioNodeClient, selector: DeadLetterSelectorInit, io: Io): Promise<readonly DeadLetterGroup[]> {
  const groups: DeadLetterGroup[] = [];
  for (const destination of await destinationsOf(client, selector, io)) {
    const request = { selector: { ...selector, destination }, pageSize: 1 };
    const { countsByCode } = await client.admin.listDeadLetters(request, { signal: io.interrupted });
    const ofDestination = Object.entries(countsByCode).map(([code, count]) => ({ destination, code, count: Number(count) }));
    groups.push(...mostFirst(ofDestination));
  }
  return groups;
}

/** Counts here what it reads: all of them. */
export async function countByMessage(
  client: TapioNodeClient,
  selector: DeadLetterSelectorInit,
  io: Io,
): Promise<readonly DeadLetterGroup[]> {
  const groups = new Map<string, { destination: string; code: string; message: string; count: number }>();
  for await (const { destination, code, message: said } of client.admin.deadLetters(selector, { signal: io.interrupted })) {
    const isKept = groups.size < MESSAGES_MAX || groups.has(keyOf(destination, code, said));
    const message = isKept ? said : "(other messages)";
    const key = keyOf(destination, code, message);
    const group = groups.get(key) ?? { destination, code, message, count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  return mostFirst([...groups.values()]);
}

export function formatCounts(groups: readonly DeadLetterGroup[], withMessage: boolean): string {
  const total = `${counted(totalOf(groups), "dead letter")}\n`;
  if (groups.length === 0) return total;
  const columns = [
    { title: "DESTINATION" },
    { title: "CODE" },
    { title: "DEAD", isNumber: true },
    ...(withMessage ? [{ title: "WHY" }] : []),
  ];
  const rows = groups.map(({ destination, code, message = "", count }) => [
    printable(destination),
    printable(code),
    formatCount(count),
    shortened(message, MESSAGE_CHARACTERS_MAX),
  ]);
  return `${formatTable(columns, rows)}\n${total}`;
}

export function countJson(groups: readonly DeadLetterGroup[]): string {
  return `${JSON.stringify({ total: totalOf(groups), groups })}\n`;
}

/** The destinations to count at. */
async function destinationsOf(client: TapioNodeClient, selector: DeadLetterSelectorInit, io: Io): Promise<readonly string[]> {
  if (selector.destination !== undefined && selector.destination !== "") return [selector.destination];
  const all = await client.admin.listDestinations({ signal: io.interrupted });
  return all.filter(({ deadLetters }) => deadLetters > 0n).map(({ name }) => name);
}

function mostFirst<Group extends DeadLetterGroup>(groups: readonly Group[]): readonly Group[] {
  return groups.toSorted((a, b) => b.count - a.count);
}

function totalOf(groups: readonly DeadLetterGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
