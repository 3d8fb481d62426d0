import type { Evidence, Finding, RecommendedAction } from "@tapio/contracts/domain/v1/finding";
import { readDouble, readVarint } from "../wire/wire-cursor.ts";
import { beginMessage, endMessage, leave, readEnum, readText, type RecordCursor } from "./record-cursor.ts";
import { readSharedField } from "./read-shared.ts";
import { readRecordRef, readTimeWindow } from "./read-types.ts";

export function readFinding(c: RecordCursor): Finding {
  const end = beginMessage(c);
  const finding: Finding = {
    $typeName: "tapio.domain.v1.Finding",
    id: "",
    type: "",
    severity: 0,
    state: 0,
    resources: [],
    correlationKeys: [],
    title: "",
    labels: {},
    key: "",
    description: "",
    confidence: 0,
    evidence: [],
    recommendedActions: [],
  };
  while (c.at < end) {
    const tag = readVarint(c);
    switch (tag) {
      case (6 << 3) | 0:
        finding.state = readEnum(c);
        break;
      case (11 << 3) | 2:
        finding.title = readText(c);
        break;
      case (14 << 3) | 2:
        finding.key = readText(c);
        break;
      case (15 << 3) | 2:
        finding.description = readText(c);
        break;
      case (16 << 3) | 1:
        finding.confidence = readDouble(c);
        break;
      case (17 << 3) | 2:
        finding.evidence.push(readEvidence(c));
        break;
      case (18 << 3) | 2:
        finding.recommendedActions.push(readRecommendedAction(c));
        break;
      case (19 << 3) | 2:
        finding.window = readTimeWindow(c, finding.window);
        break;
      default:
        readSharedField(c, tag, finding);
    }
  }
  endMessage(c, end);
  return finding;
}

function readEvidence(c: RecordCursor): Evidence {
  const end = beginMessage(c);
  const evidence: Evidence = { $typeName: "tapio.domain.v1.Evidence", description: "", weight: 0 };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        evidence.record = readRecordRef(c, evidence.record);
        break;
      case (2 << 3) | 2:
        evidence.description = readText(c);
        break;
      case (3 << 3) | 1:
        evidence.weight = readDouble(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return evidence;
}

function readRecommendedAction(c: RecordCursor): RecommendedAction {
  const end = beginMessage(c);
  const action: RecommendedAction = { $typeName: "tapio.domain.v1.RecommendedAction", title: "", command: "", url: "" };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        action.title = readText(c);
        break;
      case (2 << 3) | 2:
        action.command = readText(c);
        break;
      case (3 << 3) | 2:
        action.url = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return action;
}
