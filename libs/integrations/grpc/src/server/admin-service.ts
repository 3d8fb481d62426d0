import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AdminService, type DeadLetterSelector } from "@tapio/contracts/admin/v1/admin";
import type { LogFields } from "@tapio/integration-core";
import type { ApiPorts } from "../core/interfaces.ts";
import { checkFilter } from "./record-filter.ts";

/** tapio.admin.v1. What a call has changed is logged: a journal of what operators did. */
export function routeAdmin(router: ConnectRouter, { control, logger }: Pick<ApiPorts, "control" | "logger">): void {
  const changed = (call: keyof typeof AdminService.method, fields: LogFields): void =>
    logger.info({ call, ...fields }, "an operator changed deliveries");

  router.service(AdminService, {
    listDestinations: async () => ({ destinations: [...(await control.listDestinations())] }),
    async pauseDestination({ name }) {
      const destination = await control.pauseDestination(name);
      changed("pauseDestination", { destination: name });
      return { destination };
    },
    async resumeDestination({ name }) {
      const destination = await control.resumeDestination(name);
      changed("resumeDestination", { destination: name });
      return { destination };
    },
    async drainDestination({ name }) {
      const destination = await control.drainDestination(name);
      changed("drainDestination", { destination: name });
      return { destination };
    },
    async skipDestination(request) {
      const response = await control.skipDestination(request);
      if (!request.dryRun) changed("skipDestination", { destination: request.name, skippedRecords: Number(response.skippedRecords) });
      return response;
    },
    explain: ({ id }) => control.explain(id),
    listDeadLetters(request) {
      checkSelector(request.selector);
      return control.listDeadLetters(request);
    },
    async replayDeadLetters(request) {
      checkSelector(request.selector);
      const response = await control.replayDeadLetters(request);
      if (!request.dryRun) changed("replayDeadLetters", { replayed: Number(response.replayed) });
      return response;
    },
    async discardDeadLetters(request) {
      checkSelector(request.selector);
      const response = await control.discardDeadLetters(request);
      if (!request.dryRun) changed("discardDeadLetters", { discarded: Number(response.discarded) });
      return response;
    },
    async reloadConfig(request) {
      const response = await control.reloadConfig(request);
      const { added, changed: restarted, removed } = response;
      if (!request.dryRun) changed("reloadConfig", { added, restarted, removed });
      return response;
    },
  });
}

/** What the rules in the proto do not say. @throws ConnectError INVALID_ARGUMENT that names the field. */
function checkSelector(selector: DeadLetterSelector | undefined): void {
  if (selector === undefined) return;
  const { fromSequence, toSequence, fromTime, toTime } = selector;
  checkFilter("selector.filter", selector.filter);
  if (toSequence !== 0n && toSequence < fromSequence)
    throw invalid("selector.to_sequence", `${toSequence} is below selector.from_sequence ${fromSequence}`);
  if (fromTime !== undefined && toTime !== undefined && !isBefore(fromTime, toTime))
    throw invalid("selector.to_time", "is not after selector.from_time: it would take nothing");
}

function isBefore(a: Timestamp, b: Timestamp): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);
}

function invalid(field: string, problem: string): ConnectError {
  return new ConnectError(`${field}: ${problem}`, Code.InvalidArgument);
}
