import { Code, ConnectError } from "@connectrpc/connect";

/** Where a listing goes on, and where it ends: the end stays what it was on the first page, so that a listing of a growing journal ends. */
export interface PageToken {
  readonly after: number;
  readonly until: number;
}

/** Opaque to callers. */
export function encodePageToken({ after, until }: PageToken): string {
  return Buffer.from(`${after}-${until}`).toString("base64url");
}

/** @throws ConnectError INVALID_ARGUMENT for a token that no listing gave. */
export function decodePageToken(token: string): PageToken {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(Buffer.from(token, "base64url").toString("latin1"));
  if (match === null) {
    throw new ConnectError("page_token: is not a next_page_token of ListRecords; leave it empty for the first page", Code.InvalidArgument);
  }
  return { after: Number(match[1]), until: Number(match[2]) };
}
