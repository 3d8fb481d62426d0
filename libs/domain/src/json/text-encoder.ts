/** What browsers and Node both have, and the language's own library does not declare. */
interface Utf8Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}

const { TextEncoder } = globalThis as unknown as { readonly TextEncoder: new () => Utf8Encoder };

export const textEncoder: Utf8Encoder = new TextEncoder();
