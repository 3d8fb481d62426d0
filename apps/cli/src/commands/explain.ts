import { toJson } from "@bufbuild/protobuf";
import { ExplainResponseSchema } from "@tapio/contracts/admin/v1/admin";
import type { Command } from "commander";
import { formatExplanation } from "../format/format-explanation.ts";
import type { ExitCode, Io } from "../io.ts";
import { withClient, withServerOptions, type ServerOptions } from "../options/server-options.ts";

interface ExplainOptions extends ServerOptions {
  readonly json?: boolean;
}

/** `tapioctl explain ID`: what became of one record at every destination, and why. */
export function addExplain(program: Command, io: Io, exit: (code: ExitCode) => void): void {
  const command = program
    .command("explain")
    .description("what became of a record at every destination, and why")
    .argument("<id>", "the record's id")
    .option("--json", "as one JSON object");
  withServerOptions(command, io).action(async (id: string, options: ExplainOptions) => {
    const explanation = await withClient(io, options, ({ admin }) => admin.explain(id, { signal: io.interrupted }));
    if (options.json === true) io.out(`${JSON.stringify(toJson(ExplainResponseSchema, explanation))}\n`);
    else io.out(formatExplanation(explanation, io.now()));
    exit(0);
  });
}
