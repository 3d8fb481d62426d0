/** Control characters of both sets, line ends, and what turns the direction of writing: a receiver's answer must not steer the terminal that shows it. */
const steering = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text on one line; what would steer a terminal is shown as its code. */
export function printable(text: string): string {
  return text.replaceAll(/\r?\n|\t/g, " ").replaceAll(steering, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same, cut to so many characters. */
export function shortened(text: string, charactersMax: number): string {
  const line = printable(text);
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1)}…`;
}
