import type { ErrorDetail, Event, Reasoning } from "@tapio/contracts/domain/v1/event";
import { readDouble, readVarint } from "../wire/wire-cursor.ts";
import { beginMessage, endMessage, leave, readEnum, readText, type RecordCursor } from "./record-cursor.ts";
import { readSharedField } from "./read-shared.ts";

export function readEvent(c: RecordCursor): Event {
  const end = beginMessage(c);
  const event: Event = {
    $typeName: "tapio.domain.v1.Event",
    id: "",
    type: "",
    severity: 0,
    outcome: 0,
    resources: [],
    correlationKeys: [],
    message: "",
    labels: {},
  };
  while (c.at < end) {
    const tag = readVarint(c);
    switch (tag) {
      case (6 << 3) | 0:
        event.outcome = readEnum(c);
        break;
      case (11 << 3) | 2:
        event.message = readText(c);
        break;
      case (14 << 3) | 2:
        event.error = readErrorDetail(c, event.error);
        break;
      case (15 << 3) | 2:
        event.reasoning = readReasoning(c, event.reasoning);
        break;
      default:
        readSharedField(c, tag, event);
    }
  }
  endMessage(c, end);
  return event;
}

function readErrorDetail(c: RecordCursor, earlier?: ErrorDetail): ErrorDetail {
  const end = beginMessage(c, earlier);
  const error: ErrorDetail = {
    $typeName: "tapio.domain.v1.ErrorDetail",
    code: "",
    message: "",
    whatFailed: "",
    whyItMatters: "",
    possibleCauses: [],
    suggestedFix: "",
  };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        error.code = readText(c);
        break;
      case (2 << 3) | 2:
        error.message = readText(c);
        break;
      case (3 << 3) | 2:
        error.whatFailed = readText(c);
        break;
      case (4 << 3) | 2:
        error.whyItMatters = readText(c);
        break;
      case (5 << 3) | 2:
        error.possibleCauses.push(readText(c));
        break;
      case (6 << 3) | 2:
        error.suggestedFix = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return error;
}

function readReasoning(c: RecordCursor, earlier?: Reasoning): Reasoning {
  const end = beginMessage(c, earlier);
  const reasoning: Reasoning = {
    $typeName: "tapio.domain.v1.Reasoning",
    summary: "",
    explanation: "",
    confidence: 0,
    causalChain: [],
    patternsMatched: [],
  };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        reasoning.summary = readText(c);
        break;
      case (2 << 3) | 2:
        reasoning.explanation = readText(c);
        break;
      case (3 << 3) | 1:
        reasoning.confidence = readDouble(c);
        break;
      case (4 << 3) | 2:
        reasoning.causalChain.push(readText(c));
        break;
      case (5 << 3) | 2:
        reasoning.patternsMatched.push(readText(c));
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return reasoning;
}
