import { create } from "@bufbuild/protobuf";
import {
  DestinationSchema,
  DestinationState,
  DiscardDeadLettersResponseSchema,
  ExplainResponseSchema,
  ListDeadLettersResponseSchema,
  ReloadConfigResponseSchema,
  ReplayDeadLettersResponseSchema,
  SkipDestinationResponseSchema,
  type Destination,
} from "@tapio/contracts/admin/v1/admin";
import type { DeliveryControl } from "../core/interfaces.ts";

/** A control that remembers what it was asked, and can be told to fail. */
export interface FakeControl extends DeliveryControl {
  /** Each call: the member and its argument. */
  readonly calls: { readonly member: keyof DeliveryControl; readonly argument: unknown }[];
  /** Makes every call fail from now on. */
  failure: Error | undefined;
}

export function createFakeControl(): FakeControl {
  const destination = (name: string, state: DestinationState): Destination => create(DestinationSchema, { name, state });
  const answer = async <T>(member: keyof DeliveryControl, argument: unknown, value: T): Promise<T> => {
    control.calls.push({ member, argument });
    if (control.failure !== undefined) throw control.failure;
    return value;
  };
  const control: FakeControl = {
    calls: [],
    failure: undefined,
    listDestinations: () => answer("listDestinations", undefined, [destination("oncall", DestinationState.RUNNING)]),
    pauseDestination: (name) => answer("pauseDestination", name, destination(name, DestinationState.PAUSED)),
    resumeDestination: (name) => answer("resumeDestination", name, destination(name, DestinationState.RUNNING)),
    drainDestination: (name) => answer("drainDestination", name, destination(name, DestinationState.DRAINING)),
    skipDestination: (request) =>
      answer(
        "skipDestination",
        request,
        create(SkipDestinationResponseSchema, { skippedRecords: 7n, destination: { name: request.name } }),
      ),
    explain: (id) => answer("explain", id, create(ExplainResponseSchema, { deliveries: [{ destination: "oncall", reason: `of ${id}` }] })),
    listDeadLetters: (request) =>
      answer("listDeadLetters", request, create(ListDeadLettersResponseSchema, { countsByCode: { timeout: 3n }, nextPageToken: "more" })),
    replayDeadLetters: (request) =>
      answer("replayDeadLetters", request, create(ReplayDeadLettersResponseSchema, { replayed: 3n, wouldSkip: 1n })),
    discardDeadLetters: (request) => answer("discardDeadLetters", request, create(DiscardDeadLettersResponseSchema, { discarded: 2n })),
    reloadConfig: (request) =>
      answer("reloadConfig", request, create(ReloadConfigResponseSchema, { added: ["a"], changed: ["b"], removed: ["c"] })),
  };
  return control;
}
