/** What becomes of a request target: it may pass, it names a hidden path, or it climbs above the root. */
export type PathVerdict = "open" | "hidden" | "above_root";

const PLAIN = /^\/[a-z0-9_\-/]*$/;
/** Some servers decode twice; three rounds are more than any known chain does. */
const DECODING_ROUNDS = 3;
const REMEMBERED = 1000;
const REMEMBERED_CHARACTERS = 200;

/**
 * Returns a judge of request targets (origin form). Servers read one target in several ways: percent-decoded
 * once or twice, overlong or compatible characters taken for plain ones, cut at an encoded `?`, `#` or NUL or not, `//host/path` as a path or as an address, parameters (`;…`)
 * dropped, dot segments resolved before or after a prefix was matched. A target is hidden if any reading is one of
 * `paths` or lies below one. What is forwarded is the target as it came.
 */
export function createPathJudge(paths: readonly string[]): (target: string) => PathVerdict {
  const hidden = paths.map((path) => path.toLowerCase().replace(/\/+$/, ""));
  const deepest = Math.max(0, ...hidden.map((path) => path.split("/").length - 1));
  const isHidden = (path: string) => hidden.some((one) => path === one || path.startsWith(`${one}/`));
  // Most requests name one of a few paths; what callers make up must not fill the memory.
  const known = new Map<string, PathVerdict>();
  return (target) => {
    const remembered = known.get(target);
    if (remembered !== undefined) return remembered;
    const verdict = judge(target);
    if (known.size < REMEMBERED && target.length <= REMEMBERED_CHARACTERS) known.set(target, verdict);
    return verdict;
  };

  function judge(target: string): PathVerdict {
    // No "#" belongs into a target: some servers cut it there, others take it for a part of the path.
    const end = target.indexOf("?");
    const path = end < 0 ? target : target.slice(0, end);
    if (PLAIN.test(path) && !path.includes("//")) return isHidden(path) ? "hidden" : "open";
    const verdicts = readings(path).map((reading) => resolve(reading, isHidden, deepest));
    return verdicts.find((verdict) => verdict === "hidden") ?? verdicts.find(isNotOpen) ?? "open";
  }
}

const isNotOpen = (verdict: PathVerdict) => verdict !== "open";

/** Every way in which a server may read `path`, before dot segments are resolved. */
function readings(path: string): string[] {
  const found = new Set<string>();
  let decoded = path;
  for (let round = 0; round <= DECODING_ROUNDS; round++) {
    for (const spelled of spellings(decoded)) {
      const slashed = spelled.toLowerCase().replaceAll("\\", "/");
      for (const whole of [slashed, slashed.split(/[\0?#]/, 1)[0] as string]) {
        found.add(whole);
        // `//host/path`: a URL parser takes the first segment for an authority.
        if (whole.startsWith("//")) found.add(whole.replace(/^\/\/[^/]*/, ""));
      }
    }
    const next = decoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (next === decoded) break;
    decoded = next;
  }
  return [...found];
}

const UTF16_ESCAPE = /%u([0-9a-f]{4})/gi;
/** UTF-8 in more bytes than a character below U+0800 needs; lax decoders take it. */
const OVERLONG = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}/g;

/** `path` (latin1, one character a byte), and what decoders make of characters that are not ASCII. */
function spellings(path: string): string[] {
  const escaped = path.replaceAll(UTF16_ESCAPE, (_, hex: string) =>
    foldCompatible(String.fromCharCode(Number.parseInt(hex, 16))),
  );
  const found = escaped === path ? [path] : [path, escaped];
  if (!/[\x80-\xff]/.test(path)) return found;
  const shortened = path.replaceAll(OVERLONG, (bytes) => String.fromCharCode(codePoint(bytes)));
  const utf8 = Buffer.from(path, "latin1").toString("utf8");
  found.push(shortened, foldCompatible(utf8), path.replaceAll(/[\x80-\xff]/g, ""));
  return found;
}

/** Full-width letters, the long s and the dotless i are plain ones to servers that normalise or ignore case. */
function foldCompatible(text: string): string {
  return text.normalize("NFKC").toUpperCase();
}

/** Of a UTF-8 sequence whose length is right, whatever its first byte says. */
function codePoint(bytes: string): number {
  let value = bytes.charCodeAt(0) & (0xff >> (bytes.length + 1));
  for (let at = 1; at < bytes.length; at++) value = (value << 6) | (bytes.charCodeAt(at) & 0x3f);
  return value;
}

/** Walks the segments as a resolver does, and looks at every path on the way: a prefix may be matched first. */
function resolve(path: string, isHidden: (path: string) => boolean, deepest: number): PathVerdict {
  const segments: string[] = [];
  let climbs = false;
  for (const part of path.split("/")) {
    const segment = (part.split(";", 1)[0] as string).trim();
    if (segment === "" || segment === ".") continue;
    // File systems that drop a name's last dots have servers that do, too.
    if (segment !== "..") segments.push(segment.replace(/(?<=[^.])\.+$/, ""));
    else if (segments.pop() === undefined) climbs = true;
    // Hidden paths are prefixes: what lies deeper than the deepest of them decides nothing.
    if (segments.length <= deepest && isHidden(`/${segments.join("/")}`)) return "hidden";
  }
  return climbs ? "above_root" : "open";
}
