/** Parts of records by hand, for what no encoder writes. */

/** A length-delimited field. */
export function field(number: number, ...content: (number | Uint8Array)[]): Uint8Array {
  const body = content.flatMap((part) => (typeof part === "number" ? [part] : [...part]));
  const tag = (number << 3) | 2;
  const head = tag < 0x80 ? [tag] : [(tag & 0x7f) | 0x80, tag >>> 7];
  const length = body.length < 0x80 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >>> 7];
  return new Uint8Array([...head, ...length, ...body]);
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What every kind of record must have. */
export const id = field(1, ascii("abc"));
export const time = field(2, 0x08, 0x01);
export const type = field(4, ascii("a.b"));
export const severity = new Uint8Array([0x28, 3]);
