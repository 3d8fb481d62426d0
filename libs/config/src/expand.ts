export interface ExpandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file that `file:` names, relative to the configuration's folder. Throws when it cannot. */
  readFile(path: string): string;
}

export type Expansion = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

const reference = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/**
 * Expands `${NAME}` and `${NAME:-default}` from the environment (`$$` is a dollar sign), then a text that begins with `file:` into that
 * file's content without its trailing line break. What the environment or the file holds is not expanded again.
 */
export function expandScalar(text: string, context: ExpandContext): Expansion {
  let missing: string | undefined;
  const isFile = text.startsWith("file:");
  const expanded = text.replace(reference, (whole, name: string | undefined, fallback: string | undefined) => {
    if (whole === "$$") return "$";
    if (name === undefined) {
      missing ??= 'has a "${" that is no reference: write ${NAME}, ${NAME:-default}, or $${ for the text itself';
      return whole;
    }
    const value = context.env[name];
    if (value !== undefined && value !== "") return value;
    if (fallback !== undefined) return fallback;
    missing ??= `the environment variable ${name} is ${value === undefined ? "not set" : "empty"}`;
    return "";
  });
  if (missing !== undefined) return { ok: false, message: missing };
  if (!isFile) return { ok: true, text: expanded };
  const path = expanded.slice("file:".length);
  try {
    return { ok: true, text: context.readFile(path).replace(/\r?\n$/, "") };
  } catch (reason) {
    return { ok: false, message: `the file ${path} cannot be read: ${reason instanceof Error ? reason.message : String(reason)}` };
  }
}
