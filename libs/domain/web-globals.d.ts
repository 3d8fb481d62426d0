// What every runtime has and ECMAScript's own library does not name. The build sees neither Node's nor the browser's types, so that neither is used.
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
}
