// An Nx plugin with one hook: writes how each task of a run ended, and how long it took, to the file that TAPIO_TASK_REPORT names, for the closing count.
import { writeFileSync } from "node:fs";

export const name = "tapio-report-tasks";

/** @type {import("@nx/devkit").PostTasksExecution} */
export const postTasksExecution = (_options, context) => {
  const file = process.env["TAPIO_TASK_REPORT"];
  if (file === undefined) return;
  const tasks = Object.values(context.taskResults).map(({ task, status }) => ({
    id: task.id,
    root: task.projectRoot,
    target: task.target.target,
    status,
    durationMs: (task.endTime ?? 0) - (task.startTime ?? 0),
  }));
  writeFileSync(file, JSON.stringify(tasks));
};
