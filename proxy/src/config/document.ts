import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from "yaml";
import { formatPath, type Problem } from "./problem.ts";

/** Parsing costs more than linear time in size and depth, and a reload shares the thread with the traffic. */
export const LIMIT_BYTES = 65_536;
const LIMIT_DEPTH = 32;

type Path = readonly PropertyKey[];

/** A parsed YAML text that knows where everything in it stands. */
export interface YamlDocument {
  /** What is wrong with it as YAML, duplicate keys included. */
  readonly problems: readonly Problem[];
  /** Whether the contents can be looked at in spite of the problems. */
  readonly isReadable: boolean;
  contents(): unknown;
  /** Every scalar that is a value, none that is a key. */
  values(): { readonly scalar: Scalar; readonly path: Path }[];
  valueAt(path: Path): Node | undefined;
  problem(path: Path, message: string, at?: "key" | "value"): Problem;
}

export function readDocument(text: string): YamlDocument {
  const lines = new LineCounter();
  const deep = findDepth(text);
  const document = parseDocument(deep === undefined ? text : "", {
    lineCounter: lines,
    prettyErrors: false,
    schema: "core",
    // Its own check compares every pair of keys: seconds for a few thousand.
    uniqueKeys: false,
  });
  const atOffset = (offset: number, path: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { path, line, column: col, message };
  };
  const offsetOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;

  // Behind the colon some messages repeat the text, which may be a secret; the line says enough.
  const syntax: Problem[] = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    atOffset(pos[0], "", `is not valid YAML: ${message.replace(/: [\s\S]*$/, "")}`),
  );
  if (deep !== undefined) {
    syntax.push({
      path: "",
      line: deep,
      column: 1,
      message: `is nested more than ${LIMIT_DEPTH} levels deep: no key needs more than 7`,
    });
  }
  const structure = syntax.length > 0 ? { duplicates: [], unreadable: [] } : inspect(document, atOffset);

  const locate = (path: Path, at: "key" | "value"): number => {
    const steps = walk(document, path);
    const { key, value } = steps.at(-1) ?? { key: undefined, value: document.contents };
    const wantsKey = (at === "key" && steps.length === path.length) || isNothing(value);
    return offsetOf(wantsKey ? (key ?? value) : value);
  };

  return {
    problems: [...syntax, ...structure.unreadable, ...structure.duplicates],
    isReadable: syntax.length === 0 && structure.unreadable.length === 0,
    contents: () => document.toJS({ maxAliasCount: 100 }) as unknown,
    values() {
      const found: { scalar: Scalar; path: Path }[] = [];
      visit(document, {
        Scalar(key, scalar, ancestors) {
          if (key !== "key") found.push({ scalar, path: pathOf([...ancestors, scalar]) });
        },
      });
      return found;
    },
    valueAt(path) {
      const steps = walk(document, path);
      return steps.length === path.length ? resolve(document, steps.at(-1)?.value) : undefined;
    },
    problem: (path, message, at = "value") => atOffset(locate(path, at), formatPath(path), message),
  };
}

interface Step {
  readonly key: Node | undefined;
  readonly value: Node | null;
}

/** Key and value at every step of `path`, as far as it exists. */
function walk(document: Document.Parsed, path: Path): Step[] {
  const steps: Step[] = [];
  let node = resolve(document, document.contents);
  for (const name of path) {
    let step: Step | undefined;
    if (isMap<Node, Node | null>(node)) {
      // Of a repeated key the last one counts.
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(name));
      step = pair && { key: pair.key, value: pair.value };
    } else if (isSeq<Node>(node)) {
      const item = node.items[Number(name)];
      step = item && { key: undefined, value: item };
    }
    if (step === undefined) break;
    steps.push(step);
    node = resolve(document, step.value);
  }
  return steps;
}

/** A value that is not there has no place of its own. */
function isNothing(value: Node | null): boolean {
  return value === null || (isScalar(value) && value.value === null);
}

function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((ancestor, index): PropertyKey[] => {
    if (isSeq(ancestor)) return [ancestor.items.indexOf(ancestors[index + 1])];
    if (isPair(ancestor)) return [String(isScalar(ancestor.key) ? ancestor.key.value : "")];
    return [];
  });
}

function resolve(document: Document.Parsed, node: Node | null | undefined): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) ?? undefined;
}

/** The line at which the text nests too deeply to be handed to the parser, which recurses; brackets in quotes count too. */
function findDepth(text: string): number | undefined {
  let open = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (const character of line) {
      if (character === "[" || character === "{") open++;
      else if (character === "]" || character === "}") open = Math.max(0, open - 1);
      if (open > LIMIT_DEPTH) return index + 1;
    }
    const compact = line.match(/(?:^|[\s[{,])[?:-](?=\s|$)/g)?.length ?? 0;
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (compact > LIMIT_DEPTH || indent > 8 * LIMIT_DEPTH) return index + 1;
  }
  return undefined;
}

type Report = (offset: number, path: string, message: string) => Problem;

function inspect(
  document: Document.Parsed,
  report: Report,
): { duplicates: Problem[]; unreadable: Problem[] } {
  const duplicates: Problem[] = [];
  const unreadable: Problem[] = [];
  visit(document, {
    Alias(_, alias, ancestors) {
      const target = alias.resolve(document);
      const at = alias.range?.[0] ?? 0;
      if (target === undefined) {
        unreadable.push(report(at, "", `*${alias.source} refers to an anchor that is not defined above it`));
      } else if (ancestors.includes(target)) {
        unreadable.push(report(at, "", `*${alias.source} contains itself: remove the alias`));
      }
    },
    Map(_, map, ancestors) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const at = (key as Node | null)?.range?.[0] ?? 0;
        // Tags such as !!binary make a map of bytes even of a plain word.
        if (!isScalar(key) || (typeof key.value === "object" && key.value !== null)) {
          unreadable.push(
            report(at, "", "has a list, a map, an alias or bytes as a key: keys are plain words"),
          );
          continue;
        }
        const name = String(key.value);
        const path = formatPath([...pathOf([...ancestors, map]), name]);
        if (seen.has(name))
          duplicates.push(report(at, path, "stands twice in the same map: remove one of the two"));
        seen.add(name);
      }
    },
  });
  return { duplicates, unreadable };
}
