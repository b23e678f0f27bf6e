/** What a line printed by a child is to the person at the terminal. */
export type LogLine =
  | { kind: "text"; text: string }
  | { kind: "quiet" }
  | { kind: "notice"; text: string }
  /** `cause`: the error in its own words. `problems`: what is wrong in detail, each a line of its own. */
  | { kind: "warning" | "error"; text: string; cause?: string; problems?: readonly string[] };

const WARN_LEVEL = 40;
const ERROR_LEVEL = 50;
const LENGTH_LIMIT = 500;
const LEVEL_NAMES: Readonly<Record<string, number>> = { warn: WARN_LEVEL, error: ERROR_LEVEL, fatal: 60 };

/** A log may quote what a stranger sent: no escape sequence of theirs may reach the terminal. */
function printable(text: string): string {
  const clean = text
    .replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, "")
    .replace(/\p{Cc}+/gu, " ")
    .trimEnd();
  return clean.length > LENGTH_LIMIT ? `${clean.slice(0, LENGTH_LIMIT)}…` : clean;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function causeOf(entry: Record<string, unknown>): string | undefined {
  const cause = entry.err ?? entry.error;
  if (typeof cause === "string") return cause;
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return undefined;
  return String(cause.message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** `config/experiment.yaml:15:5 variants: weights sum to 110`, as far as the entry says where and what. */
function problemsOf({ problems, file }: Record<string, unknown>): string[] {
  if (!Array.isArray(problems)) return [];
  return problems.filter(isObject).map(({ path, line, column, message }) => {
    const place = [file, line, line && column].filter((part) => part !== undefined && part !== null);
    const position = typeof file === "string" ? place.join(":") : line ? `line ${line}` : "";
    return printable([position, path ? `${path}: ${message}` : `${message}`].filter(Boolean).join(" "));
  });
}

/** The one good news that somebody who has just saved the configuration waits for. */
function takenOver({ msg, result, weights }: Record<string, unknown>): string | undefined {
  if (msg !== "reloaded" || result !== "swapped" || !isObject(weights)) return undefined;
  const shares = Object.entries(weights).map(([name, weight]) => `${name} ${weight}`);
  return printable(`configuration taken over: ${shares.join(", ")}`);
}

/** Whoever read that an upstream was ejected waits to read this. */
function backInUse(entry: Record<string, unknown>): string | undefined {
  const upstream = upstreamOf(entry);
  return entry.msg === "upstream readmitted" && upstream ? printable(`${entry.msg}: ${upstream}`) : undefined;
}

function upstreamOf({ variant, upstream }: Record<string, unknown>): string | undefined {
  return typeof variant === "string" && typeof upstream === "string" ? `${variant} ${upstream}` : undefined;
}

/** How far a worker is with its model: a first start may download for minutes. */
function onItsWay(entry: Record<string, unknown>): string | undefined {
  if (entry.msg !== "downloading" || typeof entry.file !== "string") return undefined;
  const { file, receivedBytes, totalBytes, bytesPerSecond, secondsLeft } = entry;
  const megabytes = (bytes: unknown) => (Number(bytes) / 1e6).toFixed(1);
  const amount =
    typeof totalBytes === "number"
      ? `${megabytes(receivedBytes)} of ${megabytes(totalBytes)}`
      : megabytes(receivedBytes);
  const left = typeof secondsLeft === "number" ? `, ${secondsLeft} s left` : "";
  return printable(`downloading ${file}: ${amount} MB, ${megabytes(bytesPerSecond)} MB/s${left}`);
}

/** pino's JSON (`level` a number or a name, `msg`, `err`) becomes a sentence; anything else is text as it stands. */
export function readLogLine(line: string): LogLine {
  const entry = parseObject(line);
  if (!entry) return { kind: "text", text: printable(line) };
  const given = entry.level;
  const level = typeof given === "number" ? given : (LEVEL_NAMES[String(given).toLowerCase()] ?? 0);
  if (level < WARN_LEVEL) {
    const news = takenOver(entry) ?? onItsWay(entry) ?? backInUse(entry);
    return news === undefined ? { kind: "quiet" } : { kind: "notice", text: news };
  }
  const upstream = upstreamOf(entry);
  const message = [String(entry.msg ?? entry.message ?? ""), ...(upstream ? [upstream] : [])].join(": ");
  const cause = causeOf(entry);
  const text = cause && !message.includes(cause) ? (message ? `${message}: ${cause}` : cause) : message;
  const kind = level < ERROR_LEVEL ? "warning" : "error";
  const problems = problemsOf(entry);
  return {
    kind,
    text: printable(text),
    ...(cause && { cause: printable(cause.split("\n", 1)[0] ?? "") }),
    ...(problems.length > 0 && { problems }),
  };
}
