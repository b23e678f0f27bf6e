/** What the bytes of one connection hold by a reading that takes no framing but a sound one. */
export interface Reading {
  /** In origin form; a fuzzed target occurs once. */
  readonly targets: readonly string[];
}

const LINE = /^[!#$%&'*+\-.^_`|~\w]+ +(\S+) +[A-Z]+\/(\d\.\d)$/;
const LENGTH = /^\d{1,15}$/;
const SIZE = /^([0-9a-f]{1,12})[ \t]*(?:;[^\r\n]*)?$/i;

/**
 * Reads requests until the first whose end could be in doubt. Lenient where only one reading is possible (line ends
 * before and blanks within the request line, odd field values), so that a proxy that takes such a request is not blamed.
 */
export function readTargets(bytes: string): Reading {
  const targets: string[] = [];
  for (let at = 0; ; ) {
    while (bytes[at] === "\r" || bytes[at] === "\n") at++;
    const request = readOne(bytes, at);
    if (request === undefined) return { targets };
    targets.push(request.target);
    at = request.end;
    if (request.isLast) return { targets };
  }
}

function readOne(
  bytes: string,
  start: number,
): { readonly target: string; readonly end: number; readonly isLast: boolean } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n", start);
  if (headEnd < 0) return undefined;
  const lines = bytes.slice(start, headEnd).split("\r\n");
  const [line = "", ...fields] = lines;
  const [, target, version] = LINE.exec(line) ?? [];
  if (target === undefined) return undefined;
  const lengths: string[] = [];
  const encodings: string[] = [];
  let isLast = version !== "1.1";
  for (const field of fields) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon);
    if (colon < 1 || /[\s\0]/.test(name) || /[\r\n\0]/.test(field)) return undefined;
    const value = field.slice(colon + 1).trim();
    switch (name.toLowerCase()) {
      case "content-length":
        lengths.push(value);
        break;
      case "transfer-encoding":
        encodings.push(value.toLowerCase());
        break;
      case "connection":
        // Both at once is odd, but leaves no doubt where a request ends.
        if (version === "1.0") isLast &&= !/keep-alive/i.test(value);
        else isLast ||= /\bclose\b/i.test(value);
        break;
      default:
    }
  }
  const end = bodyEnd(bytes, headEnd + 4, lengths, encodings);
  return end === undefined ? undefined : { target: originForm(target), end, isLast };
}

function bodyEnd(
  bytes: string,
  start: number,
  lengths: readonly string[],
  encodings: readonly string[],
): number | undefined {
  if (lengths.length + encodings.length > 1) return undefined;
  const [length = "0"] = lengths;
  if (encodings.length === 0) {
    if (!LENGTH.test(length) || start + Number(length) > bytes.length) return undefined;
    return start + Number(length);
  }
  if (encodings[0] !== "chunked") return undefined;
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const digits = lineEnd < 0 ? undefined : SIZE.exec(bytes.slice(at, lineEnd))?.[1];
    if (digits === undefined) return undefined;
    const size = Number.parseInt(digits, 16);
    const next = lineEnd + 2 + size;
    if (size === 0) {
      const end = bytes.startsWith("\r\n", next) ? next : bytes.indexOf("\r\n\r\n", next) + 2;
      return end < next ? undefined : end + 2;
    }
    if (bytes.slice(next, next + 2) !== "\r\n") return undefined;
    at = next + 2;
  }
}

export function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
