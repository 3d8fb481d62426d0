import { toJson } from "@bufbuild/protobuf";
import { ReloadConfigResponseSchema, type ReloadConfigResponse } from "@tapio/contracts/admin/v1/admin";
import type { Command } from "commander";
import { formatList } from "../format/format-table.ts";
import { printable } from "../format/printable.ts";
import type { ExitCode, Io } from "../io.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface ReloadOptions extends ServerOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `tapioctl config reload`: the running gateway reads its configuration again. */
export function addConfigReload(config: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = config
    .command("reload")
    .description("let the gateway read its configuration again: it is checked first, and only destinations that changed restart")
    .option("--dry-run", "check, and say what would change")
    .option("--json", "as one JSON object");
  withServerOptions(command, io).action(async (options: ReloadOptions) => {
    const dryRun = options.dryRun === true;
    const done = await withClient(io, options, ({ admin }) => admin.reloadConfig({ dryRun, timeoutMs: 0, signal: io.interrupted }));
    if (options.json === true)
      io.out(`${JSON.stringify({ ...(toJson(ReloadConfigResponseSchema, done, { alwaysEmitImplicit: true }) as object), dryRun })}\n`);
    else io.out(formatReload(done, dryRun));
    exit(0);
  });
}

function formatReload({ added, changed, removed, needsRestart }: ReloadConfigResponse, dryRun: boolean): string {
  const names = (all: readonly string[]): string => all.map(printable).join(", ");
  const lines =
    added.length + changed.length + removed.length === 0
      ? `the configuration is right; no destination ${dryRun ? "would change" : "changed"}\n`
      : formatList([
          [dryRun ? "would be added" : "added", names(added)],
          [dryRun ? "would restart" : "restarted", names(changed)],
          [dryRun ? "would be removed" : "removed", names(removed)],
        ]);
  return needsRestart.length === 0 ? lines : `${lines}changed in the file, and needs a restart of the gateway: ${names(needsRestart)}\n`;
}
