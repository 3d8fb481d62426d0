import { Code, ConnectError } from "@connectrpc/connect";
import type { RecordFilter } from "@tapio/contracts/domain/v1/record";
import { compileFilter, FilterError, viewOf, type CompiledFilter, type RecordView } from "@tapio/domain";
import type { Logger } from "@tapio/integration-core";
import type { LogRecord } from "../core/interfaces.ts";

/** A view of a record that a filter takes, `undefined` for one that it does not. */
export type SelectView = (record: LogRecord) => RecordView | undefined;

/**
 * Compiles the filter of a request; absent: all records pass. A record of the journal that cannot be read any more passes no filter; the log
 * names it.
 * @throws ConnectError INVALID_ARGUMENT that names the field.
 */
export function compileSelect(filter: RecordFilter | undefined, logger: Logger): SelectView {
  const compiled = compileRequestFilter("filter", filter);
  return (record) => {
    const result = viewOf(record.bytes);
    if (!result.ok) {
      const { field, reason } = result.problem;
      logger.warn({ sequence: record.sequence, field, reason }, "a record of the journal cannot be read");
      return undefined;
    }
    return compiled.test(result.view).take ? result.view : undefined;
  };
}

/** @throws ConnectError INVALID_ARGUMENT that names the field, for a filter whose field in the request is `path`. */
export function checkFilter(path: string, filter: RecordFilter | undefined): void {
  compileRequestFilter(path, filter);
}

function compileRequestFilter(path: string, filter: RecordFilter | undefined): CompiledFilter {
  try {
    return compileFilter(filter, { from: "stranger" });
  } catch (reason) {
    if (reason instanceof FilterError) throw new ConnectError(`${path}.${reason.field}: ${reason.message}`, Code.InvalidArgument);
    throw reason;
  }
}
