/** What becomes of a request target: it may pass, it names a hidden path, or it climbs above the root. */
export type PathVerdict = "open" | "hidden" | "above_root";

const PLAIN = /^\/[a-z0-9_\-/]*$/;
/** Some servers decode twice; three rounds are more than any known chain does. */
const DECODING_ROUNDS = 3;

/**
 * Returns a judge of request targets (origin form). Servers read one target in several ways: percent-decoded
 * once or twice, cut at an encoded `?`, `#` or NUL or not, `//host/path` as a path or as an address, parameters (`;…`)
 * dropped, dot segments resolved before or after a prefix was matched. A target is hidden if any reading is one of
 * `paths` or lies below one. What is forwarded is the target as it came.
 */
export function createPathJudge(paths: readonly string[]): (target: string) => PathVerdict {
  const hidden = paths.map((path) => path.toLowerCase().replace(/\/+$/, ""));
  const isHidden = (path: string) => hidden.some((one) => path === one || path.startsWith(`${one}/`));
  return (target) => {
    const end = target.search(/[?#]/);
    const path = end < 0 ? target : target.slice(0, end);
    if (PLAIN.test(path) && !path.includes("//")) return isHidden(path) ? "hidden" : "open";
    const verdicts = readings(path).map((reading) => resolve(reading, isHidden));
    return verdicts.find((verdict) => verdict === "hidden") ?? verdicts.find(isNotOpen) ?? "open";
  };
}

const isNotOpen = (verdict: PathVerdict) => verdict !== "open";

/** Every way in which a server may read `path`, before dot segments are resolved. */
function readings(path: string): string[] {
  const found = new Set<string>();
  let decoded = path;
  for (let round = 0; round <= DECODING_ROUNDS; round++) {
    const slashed = decoded.toLowerCase().replaceAll("\\", "/");
    for (const whole of [slashed, slashed.split(/[\0?#]/, 1)[0] as string]) {
      found.add(whole);
      // `//host/path`: a URL parser takes the first segment for an authority.
      if (whole.startsWith("//")) found.add(whole.replace(/^\/\/[^/]*/, ""));
    }
    const next = decoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === decoded) break;
    decoded = next;
  }
  return [...found];
}

/** Walks the segments as a resolver does, and looks at every path on the way: a prefix may be matched first. */
function resolve(path: string, isHidden: (path: string) => boolean): PathVerdict {
  const segments: string[] = [];
  let climbs = false;
  for (const part of path.split("/")) {
    const segment = (part.split(";", 1)[0] as string).trim();
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) climbs = true;
    if (isHidden(`/${segments.join("/")}`)) return "hidden";
  }
  return climbs ? "above_root" : "open";
}
