import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DestinationControlSchema, StoppedBy } from "@tapio/contracts/delivery/v1/settlement";

/** Why a destination does not deliver although it could, through restarts. */
export type ControlState =
  | { readonly kind: "delivers" }
  /** An operator stopped it. */
  | { readonly kind: "paused"; readonly reason: string }
  /** The receiver wants no more. Another configuration is another receiver. */
  | { readonly kind: "gone"; readonly reason: string };

/** What a log's control says under this configuration. What cannot be read says nothing: it delivers. */
export function controlOf(bytes: Uint8Array, configHash: string): ControlState {
  if (bytes.length === 0) return { kind: "delivers" };
  try {
    const control = fromBinary(DestinationControlSchema, bytes);
    const { reason } = control;
    if (control.stoppedBy === StoppedBy.OPERATOR) return { kind: "paused", reason };
    if (control.stoppedBy === StoppedBy.RECEIVER && control.configHash === configHash) return { kind: "gone", reason };
  } catch {
    // Written by something else than this; a destination that delivers is the lesser surprise.
  }
  return { kind: "delivers" };
}

export function encodeControl(state: ControlState, atMs: number, configHash: string): Uint8Array {
  if (state.kind === "delivers") return new Uint8Array();
  const stoppedBy = state.kind === "paused" ? StoppedBy.OPERATOR : StoppedBy.RECEIVER;
  return toBinary(
    DestinationControlSchema,
    create(DestinationControlSchema, { stoppedBy, reason: state.reason, atMs: BigInt(atMs), configHash }),
  );
}
