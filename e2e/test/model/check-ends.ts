import { create } from "@bufbuild/protobuf";
import { DeliveryState, ListDeadLettersRequestSchema, type DeadLetter } from "@tapio/contracts/admin/v1/admin";
import { must, type DestinationModel, type Fate } from "./destination-model.ts";
import { names } from "./steps.ts";
import type { World } from "./world.ts";

/** At rest: every record has an end at every destination, and what operators see is what the model knows. */
export async function checkEnds(world: World): Promise<void> {
  await checkExplain(world);
  const deadLetters = await allDeadLetters(world);
  for (const message of await world.runtime.control.listDestinations()) {
    const model = modelOf(world, message.name);
    const dead = [...model.rows.values()].filter(({ state }) => state === "dead").length;
    const shown = [message.cursor, message.waiting, message.parked, message.deadLetters].map(Number);
    must(
      JSON.stringify(shown) === JSON.stringify([model.cursor, 0, 0, dead]),
      `${message.name}: cursor, waiting, parked and dead are listed as ${shown.join(", ")}, and ${dead} are dead`,
    );
    const listed = deadLetters.filter(({ destination }) => destination === message.name);
    must(listed.length === dead, `${message.name}: ${listed.length} dead letters are listed, and there are ${dead}`);
  }
  for (const letter of deadLetters) checkHistory(world, letter);
  checkCounts(world);
}

const fateOf: Partial<Record<DeliveryState, Fate>> = {
  [DeliveryState.DELIVERED]: "delivered",
  [DeliveryState.SKIPPED]: "skipped",
  [DeliveryState.DEAD]: "dead",
};

async function checkExplain(world: World): Promise<void> {
  const { first } = world.journal.bounds();
  for (const record of world.records.values()) {
    for (const name of names) {
      const fates = modelOf(world, name).fatesOf(record);
      must(fates.size > 0, `${name}: sequence ${record.sequence} was neither delivered nor passed over, and is no dead letter`);
    }
    // What retention removed has no explanation, or an incomplete one.
    if (record.sequence < first) continue;
    const { deliveries } = await world.runtime.control.explain(record.id);
    for (const { destination, state, reason } of deliveries) {
      const fates = modelOf(world, destination).fatesOf(record);
      const fate = fateOf[state];
      must(
        fate !== undefined && fates.has(fate),
        `${destination}: sequence ${record.sequence} is explained as ${fate ?? "state " + String(state)} (${reason}), and is ${[...fates].join(" or ")}`,
      );
    }
    must(deliveries.length === names.length, "every destination explains itself");
  }
}

async function allDeadLetters(world: World): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  let counted = 0n;
  for (let pageToken = "", isLast = false; !isLast;) {
    const page = await world.runtime.control.listDeadLetters(create(ListDeadLettersRequestSchema, { pageSize: 3, pageToken }));
    found.push(...page.deadLetters);
    pageToken = page.nextPageToken;
    isLast = pageToken === "";
    // The first page counts them all.
    for (const count of Object.values(page.countsByCode)) counted += count;
    if (isLast) must(Number(counted) === found.length, `${counted} dead letters are counted by code, and ${found.length} are listed`);
  }
  return found;
}

/** Who gave up after attempts says which they were. */
function checkHistory(world: World, { destination, record, range, attempts, code, message }: DeadLetter): void {
  if (range !== undefined) return;
  // A parked row holds no copy of its record, and pins the journal only while its destination is configured.
  const isTrimmed = Number(record?.sequence) < world.journal.bounds().first;
  if (isTrimmed && code === "record_invalid" && message.includes("not in the journal any more")) return;
  const where = `${destination}: the dead letter of sequence ${record?.sequence}`;
  must(record?.record !== undefined, `${where} has its record`);
  must(attempts.length > 0, `${where} names its attempts`);
  must(attempts[0]?.code === code, `${where} ended as ${code}, and its last attempt as ${attempts[0]?.code}`);
}

/** Each record counts once in the committed state, unless it is a dead letter. */
function checkCounts(world: World): void {
  const peer = world.peers.get("counts");
  must(peer !== undefined, "there is a destination that counts");
  for (const record of world.records.values()) {
    const count = peer.shown[record.id] ?? 0;
    const fates = peer.model.fatesOf(record);
    const isOut = fates.has("dead") || fates.has("skipped");
    must(count === 1 || (count === 0 && isOut), `counts: ${record.id} is counted ${count} times, and is ${[...fates].join(" or ")}`);
  }
}

function modelOf(world: World, name: string): DestinationModel {
  const model = [...world.peers.values()].find((peer) => peer.model.name === name)?.model;
  must(model !== undefined, `there is a model of ${name}`);
  return model;
}
