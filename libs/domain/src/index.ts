export type { RecordHeader, RecordProblem } from "./record-header.ts";
export type { RecordView } from "./record-view.ts";
