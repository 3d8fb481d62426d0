import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { messageTable } from "./message-table.ts";

/** What a record is checked against, made once when the module loads. */
export const recordTable = messageTable(RecordSchema);
