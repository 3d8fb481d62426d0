import type { IntegrationErrorCode } from "@tapio/integration-core";
import { judgeStatus } from "../core/errors.ts";

/** After so many answers of 400 with nothing taken between them, it is not the records. */
const REFUSALS_IN_A_ROW_MAX = 10;

/** Judges the answers of one receiver, in the order in which they come; see `judgeStatus`. */
export type StatusJudge = (status: number) => "delivered" | IntegrationErrorCode;

/** A receiver that has taken nothing since the start is not known to take anything. */
export function createStatusJudge(): StatusJudge {
  let refusalsLeft = 0;
  return (status) => {
    const verdict = judgeStatus(status, refusalsLeft > 0);
    if (verdict === "delivered") refusalsLeft = REFUSALS_IN_A_ROW_MAX;
    else if (status === 400 && refusalsLeft > 0) refusalsLeft -= 1;
    return verdict;
  };
}
