import { create } from "@bufbuild/protobuf";
import { CorrelationKind, CorrelationSchema } from "@tapio/contracts/domain/v1/correlation";
import { EventSchema } from "@tapio/contracts/domain/v1/event";
import { FindingSchema } from "@tapio/contracts/domain/v1/finding";
import { Severity } from "@tapio/contracts/domain/v1/types";
import type { RecordView } from "@tapio/domain";
import { sampleCorrelation, sampleEvent, sampleFinding } from "./sample-records.ts";
import { sampleView } from "./sample-views.ts";

/** Line ends, quotes, backslashes, a NUL, text from right to left, a surrogate pair, and something that looks like markup. */
const awkwardText = 'line\nend\r\n"quoted" back\\slash \u0000 \u202eشلوم\u202c 🔥 <b>&amp;</b> {{x}} ${y}';

/** Valid records at the edges: nothing but the required fields, and awkward text wherever text is free. */
export function awkwardViews(): RecordView[] {
  const bare = { time: { seconds: 0n, nanos: 1 }, type: "a", severity: Severity.DEBUG };
  const text = {
    id: "_-Awkward-_",
    labels: { [awkwardText]: awkwardText, "": "" },
    correlationKeys: [awkwardText, ""],
    data: { [awkwardText]: awkwardText, nested: { list: [null, 1.5, [awkwardText]] } },
    source: { kind: awkwardText, instance: awkwardText, version: awkwardText, cluster: awkwardText, node: awkwardText },
    resources: [{ kind: awkwardText, name: awkwardText, namespace: awkwardText, attributes: { [awkwardText]: awkwardText } }],
  };
  return [
    sampleView(create(EventSchema, { id: "bare-event", ...bare })),
    sampleView(create(FindingSchema, { id: "bare-finding", ...bare })),
    sampleView(
      create(CorrelationSchema, {
        id: "bare-correlation",
        ...bare,
        kind: CorrelationKind.TEMPORAL,
        members: [{ record: { recordId: "bare-event" } }],
      }),
    ),
    sampleView(sampleEvent({ ...text, message: awkwardText })),
    sampleView(sampleFinding({ ...text, title: awkwardText, key: awkwardText, description: awkwardText })),
    sampleView(sampleCorrelation({ ...text, summary: awkwardText })),
  ];
}
