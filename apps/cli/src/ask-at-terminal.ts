import { createInterface } from "node:readline/promises";

/** Asks on a terminal; `undefined` when there is none, or when the user ends the input or asks to stop. */
export async function askAtTerminal(
  question: string,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
  interrupted: AbortSignal,
): Promise<string | undefined> {
  if (input.isTTY !== true) return undefined;
  const lines = createInterface({ input, output });
  const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  try {
    // Ctrl-C reaches the interface, not the process, while it reads.
    lines.once("SIGINT", () => lines.close());
    const answer = await Promise.race([lines.question(question, { signal: interrupted }), closed]);
    if (answer === undefined) output.write("\n");
    return answer;
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}
