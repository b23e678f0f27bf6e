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
