import type { CausalEdge, Correlation, CorrelationMember } from "@tapio/contracts/domain/v1/correlation";
import { readDouble, readVarint } from "../wire/wire-cursor.ts";
import { beginMessage, endMessage, leave, readEnum, readText, type RecordCursor } from "./record-cursor.ts";
import { readSharedField } from "./read-shared.ts";
import { readRecordRef, readTimeWindow } from "./read-types.ts";

export function readCorrelation(c: RecordCursor): Correlation {
  const end = beginMessage(c);
  const correlation: Correlation = {
    $typeName: "tapio.domain.v1.Correlation",
    id: "",
    type: "",
    severity: 0,
    kind: 0,
    resources: [],
    correlationKeys: [],
    summary: "",
    labels: {},
    members: [],
    causalChain: [],
    confidence: 0,
  };
  while (c.at < end) {
    const tag = readVarint(c);
    switch (tag) {
      case (6 << 3) | 0:
        correlation.kind = readEnum(c);
        break;
      case (11 << 3) | 2:
        correlation.summary = readText(c);
        break;
      case (14 << 3) | 2:
        correlation.members.push(readMember(c));
        break;
      case (15 << 3) | 2:
        correlation.rootCause = readRecordRef(c, correlation.rootCause);
        break;
      case (16 << 3) | 2:
        correlation.causalChain.push(readCausalEdge(c));
        break;
      case (17 << 3) | 1:
        correlation.confidence = readDouble(c);
        break;
      case (18 << 3) | 2:
        correlation.window = readTimeWindow(c, correlation.window);
        break;
      default:
        readSharedField(c, tag, correlation);
    }
  }
  endMessage(c, end);
  return correlation;
}

function readMember(c: RecordCursor): CorrelationMember {
  const end = beginMessage(c);
  const member: CorrelationMember = { $typeName: "tapio.domain.v1.CorrelationMember", role: "" };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        member.record = readRecordRef(c, member.record);
        break;
      case (2 << 3) | 2:
        member.role = readText(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return member;
}

function readCausalEdge(c: RecordCursor): CausalEdge {
  const end = beginMessage(c);
  const edge: CausalEdge = { $typeName: "tapio.domain.v1.CausalEdge", causeId: "", effectId: "", description: "", confidence: 0 };
  while (c.at < end) {
    switch (readVarint(c)) {
      case (1 << 3) | 2:
        edge.causeId = readText(c);
        break;
      case (2 << 3) | 2:
        edge.effectId = readText(c);
        break;
      case (3 << 3) | 2:
        edge.description = readText(c);
        break;
      case (4 << 3) | 1:
        edge.confidence = readDouble(c);
        break;
      default:
        leave(c);
    }
  }
  endMessage(c, end);
  return edge;
}
