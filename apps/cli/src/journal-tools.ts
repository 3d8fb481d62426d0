/** The journal's engine: loaded by the commands that work on a folder alone, so that the others start without it. */
export const journalTools = async () => await import("@tapio/journal-sqlite");
