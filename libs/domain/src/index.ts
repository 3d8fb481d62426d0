export { createRecordView, encodeRecord, kindName, recordOf, viewOf } from "./create-record-view.ts";
export type { RecordKindName, ViewResult } from "./create-record-view.ts";
export type { RecordHeader, RecordProblem } from "./record-header.ts";
export type { RecordView } from "./record-view.ts";
export { scanRecord } from "./scan/scan-record.ts";
export type { ScanResult } from "./scan/scan-record.ts";
