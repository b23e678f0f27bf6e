import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";

/** What a YAML file says, with the place of every value, so that a problem can name its line. */
export interface ConfigFile {
  /** The top-level mapping; empty when the file has problems of its own. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Flaws of the file as YAML: syntax, duplicate keys, unset variables. */
  readonly problems: readonly string[];
  /** `file:line: a.b` of the value at that path, or of the closest one above it. */
  locate(path: readonly PropertyKey[]): string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @param environment where `${VAR}` and `${VAR:-default}` in values come from. */
export function parseConfigFile(text: string, file: string, environment: Environment): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const at = (offset: number, message: string) => `${file}:${lineOf(offset)}: ${message}`;

  // After one error of syntax the parser guesses, and what it then finds may be no mistake of the user's.
  const syntax = document.errors.find((error) => error.code !== "DUPLICATE_KEY");
  const errors = syntax === undefined ? document.errors : [syntax];
  const problems = errors.map((error) => at(error.pos[0], firstLine(error.message)));
  if (problems.length === 0) {
    visit(document, {
      Scalar(key, node) {
        if (key === "key" || typeof node.value !== "string") return;
        const { value, missing } = substitute(node.value, environment);
        for (const name of missing) {
          problems.push(
            at(node.range?.[0] ?? 0, `\${${name}} is not set; set it or write \${${name}:-default}`),
          );
        }
        // `port: ${PORT:-8101}` must stay a number; a quoted value was meant as text.
        if (value !== node.value) node.value = node.type === "PLAIN" ? parseDocument(value).toJS() : value;
      },
    });
  }
  const { contents } = document;
  if (problems.length === 0 && contents !== null && !isMap(contents)) {
    problems.push(at(0, "must be a mapping of keys to values"));
  }
  let values: Readonly<Record<string, unknown>> = {};
  if (problems.length === 0 && isMap(contents)) {
    try {
      values = document.toJS();
    } catch (error) {
      // Aliases are resolved here: one that names nothing, or so many that they are an attack.
      problems.push(at(0, error instanceof Error ? error.message : String(error)));
    }
  }
  return {
    values,
    problems,
    locate(path) {
      const written = path.map(String).join(".");
      const offset = offsetOf(contents, path);
      return offset === undefined ? `${file}: ${written}` : `${file}:${lineOf(offset)}: ${written}`;
    },
  };
}

/** Offset of the deepest key on `path` that the file has. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let offset: number | undefined;
  let node: unknown = root;
  for (const step of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
    if (pair === undefined) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0];
    node = pair.value;
  }
  return offset;
}

function substitute(text: string, environment: Environment): { value: string; missing: string[] } {
  const missing: string[] = [];
  const value = text.replace(
    /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback: string | undefined) => {
      // As in a shell: `:-` also replaces an empty value.
      const found = fallback === undefined ? environment[name] : environment[name] || fallback;
      if (found === undefined) missing.push(name);
      return found ?? "";
    },
  );
  return { value, missing };
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? message;
}
