import type { Refusal } from "../errors.ts";

const TARGET_LIMIT_BYTES = 16 * 1024;
const PLAIN = /^\/[a-z0-9_\-/]*$/;

/**
 * The path that a tolerant server could make of a request target: query cut off, percent-decoded until nothing
 * changes, backslashes turned, parameters (`;…`) dropped, dot segments resolved, in lower case and without a
 * trailing slash. Only for comparing with hidden paths; what is forwarded is the target as it came.
 *
 * Returns undefined where the dot segments climb above the root.
 */
export function comparablePath(target: string): string | undefined {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  if (PLAIN.test(path) && !path.includes("//")) return trimSlash(path);
  const segments: string[] = [];
  for (const part of decode(path).toLowerCase().replaceAll("\\", "/").split("/")) {
    const segment = (part.split(";", 1)[0] as string).trim();
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return `/${segments.join("/")}`;
}

/** Some servers decode twice; three rounds are more than any known chain does. */
function decode(path: string): string {
  let decoded = path;
  for (let round = 0; round < 3; round++) {
    const next = decoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === decoded) break;
    decoded = next;
  }
  // A NUL or a fragment sign that was hidden in the encoding ends the path for some servers.
  return decoded.split(/[\0?#]/, 1)[0] as string;
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Returns a check whether a comparable path is one of `paths` or lies below one. */
export function createHiddenPaths(paths: readonly string[]): (comparable: string) => boolean {
  const hidden = paths.map((path) => comparablePath(path) ?? path);
  return (comparable) => hidden.some((path) => comparable === path || comparable.startsWith(`${path}/`));
}

/** The target in origin form: an absolute-form target (RFC 9112, 3.2.2) loses scheme and authority. */
export function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Why a request's method or target is not forwarded, if it is not. `target` is in origin form. */
export function refuseTarget(
  method: string | undefined,
  target: string,
  isHidden: (comparable: string) => boolean,
): Refusal | undefined {
  if (method === "TRACE")
    return { code: "method_not_allowed", detail: "TRACE would show what the proxy added; use GET." };
  if (target.length > TARGET_LIMIT_BYTES)
    return {
      code: "uri_too_long",
      detail: `The request target has ${target.length} bytes, the limit is ${TARGET_LIMIT_BYTES}; move data into the body.`,
    };
  const comparable = comparablePath(target);
  if (comparable === undefined)
    return { code: "bad_request", detail: 'The path climbs above "/"; leave out the surplus "..".' };
  // undici writes only targets that begin with a slash: "*" has no meaning beyond one server anyway.
  if (!target.startsWith("/") || isHidden(comparable))
    return { code: "not_found", detail: "This path is not served here." };
  return undefined;
}
