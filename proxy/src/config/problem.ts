/** One thing wrong with a configuration; line and column count from 1. */
export interface Problem {
  /** Such as `variants[0].weight`; empty for the file as a whole. */
  readonly path: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** A log line and a terminal hold this many; whoever has more mends these first. */
const SHOWN = 50;

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config_invalid";
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[], options?: ErrorOptions) {
    const inOrder = problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
    super(describe(file, inOrder), options);
    this.file = file;
    this.problems = inOrder;
  }
}

function describe(file: string, problems: readonly Problem[]): string {
  const lines = problems.slice(0, SHOWN).map(({ path, line, column, message }) => {
    const position = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
    return `${position} ${path === "" ? "" : `${path}: `}${message}`;
  });
  if (problems.length > SHOWN) lines.push(`${file} and ${problems.length - SHOWN} more problems`);
  return lines.join("\n");
}

/** `["variants", 0, "weight"]` → `variants[0].weight`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
