import { Code, ConnectError } from "@connectrpc/connect";
import { countJsonValues } from "@tapio/domain";

/** The least bytes per value that a request of the largest size may have on average; records have some 20 to 40. */
const BYTES_PER_VALUE_MIN = 16;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes the bytes of JSON requests, which connect-es hands to `jsonOptions.textDecoder` where there is one (as of 2.2; its types do not
 * say so). Its own decoder lets broken UTF-8 pass as U+FFFD, and nothing bounds how many objects a text like `[0,0,0,…` becomes.
 */
export function createJsonTextDecoder(maxRequestBytes: number): { decode(bytes: Uint8Array): string } {
  const valuesMax = Math.ceil(maxRequestBytes / BYTES_PER_VALUE_MIN);
  return {
    decode(bytes) {
      const text = decodeUtf8(bytes);
      // Fewer bytes than values are allowed: nothing to count.
      if (bytes.byteLength > valuesMax && countJsonValues(text) > valuesMax) {
        throw new ConnectError(`the request has more than ${valuesMax} JSON values; send fewer at a time`, Code.ResourceExhausted);
      }
      return text;
    },
  };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ConnectError("the request is not valid UTF-8, which JSON must be", Code.InvalidArgument);
  }
}
