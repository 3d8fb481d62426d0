const RECORD_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Whether the text may be a record's id. */
export function isRecordId(text: string): boolean {
  return RECORD_ID.test(text);
}
