/** The kinds' numbers in `Record` are those of `RecordKind`, and these fields have the same numbers in all kinds (record.proto). */
export const LAST_KIND = 3;
export const HeaderField = { ID: 1, TIME: 2, TYPE: 4, SEVERITY: 5, RESOURCES: 8 } as const;
