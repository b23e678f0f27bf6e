/** What a `Content-Type` says, in one spelling for all services that mean the same. */
export interface MediaType {
  readonly text: string;
  /** JSON that is one document: not NDJSON, not a JSON text sequence. */
  readonly isJson: boolean;
}

/** Services send few types; callers who make a service echo theirs must not fill the memory. */
const REMEMBERED = 200;

/** Returns a reader of `Content-Type` values that remembers what it has read. */
export function createMediaTypes() {
  const known = new Map<string, MediaType>();
  return {
    read(value: string): MediaType {
      let type = known.get(value);
      if (type === undefined) {
        type = readMediaType(value);
        if (known.size < REMEMBERED) known.set(value, type);
      }
      return type;
    },
  };
}

/**
 * `application/json;charset=UTF-8`, `application/json; charset=utf-8` and `application/json` mean the same (JSON has no
 * charset, RFC 8259, 11), and frameworks differ in how they write it: that alone would tell two services apart.
 */
function readMediaType(value: string): MediaType {
  const [, type, rest = ""] = /^\s*([^;\s]*)\s*(.*)$/s.exec(value) ?? [];
  const lower = (type ?? "").toLowerCase();
  if (/^application\/(?:[a-z0-9.-]+\+)?json$/.test(lower)) return { text: lower, isJson: true };
  const parameters = rest
    .split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((parameter) => parameter.trim())
    .filter((parameter) => parameter !== "")
    .map((parameter) =>
      parameter.replace(/^charset\s*=\s*"?([^"]*)"?$/i, (_, set: string) => `charset=${set.toLowerCase()}`),
    );
  return { text: [lower, ...parameters].join("; "), isJson: false };
}
