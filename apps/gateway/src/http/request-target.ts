import type { NodeRequest } from "./node-http.ts";

/** Path and query, also of a target in absolute form (RFC 9112, section 3.2.2). */
export function targetOf(request: NodeRequest): string {
  const target = request.url ?? "/";
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (absolute === undefined) return target;
  return absolute.startsWith("/") ? absolute : `/${absolute}`;
}

export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}

/** The path as it may be logged: without a path token. */
export function loggablePath(target: string): string {
  return pathOf(target)
    .replace(/\/t\/[^/]+/, "/t/***")
    .slice(0, 200);
}
