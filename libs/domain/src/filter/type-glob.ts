/** Tells whether a dotted type matches. */
export type TypeMatcher = (type: string) => boolean;

const SEGMENT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Compiles a glob over dotted types: `*` stands for exactly one segment, `**` for any number, none included.
 * @throws Error that says what is wrong with the glob.
 */
export function compileTypeGlob(glob: string): TypeMatcher {
  const wanted = glob.split(".");
  for (const segment of wanted) {
    if (segment === "*" || segment === "**" || SEGMENT.test(segment)) continue;
    throw new Error(
      segment.includes("*")
        ? `"${glob}": a star stands for a whole segment; write * for one segment, ** for any number`
        : `"${glob}": "${segment}" is no segment of a type; segments are 1 to 64 letters, digits, _ and -, joined by dots`,
    );
  }
  if (!glob.includes("*")) return (type) => type === glob;
  return (type) => matches(wanted, type.split("."));
}

/** Going back to the last `**` alone is enough, so that the time is bounded by the product of the lengths. */
function matches(wanted: readonly string[], segments: readonly string[]): boolean {
  let at = 0;
  let want = 0;
  let lastStars = -1;
  let resumeAt = 0;
  while (at < segments.length) {
    if (wanted[want] === "**") {
      lastStars = want++;
      resumeAt = at;
    } else if (want < wanted.length && (wanted[want] === "*" || wanted[want] === segments[at])) {
      want++;
      at++;
    } else if (lastStars >= 0) {
      want = lastStars + 1;
      at = ++resumeAt;
    } else return false;
  }
  while (wanted[want] === "**") want++;
  return want === wanted.length;
}
