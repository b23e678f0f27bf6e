import {
  type Document,
  isAlias,
  isMap, isPair,
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
  readonly isReadable: syntax.length === 0 && structure.unreadable.length === 0,
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
  const offsetOf = (node: Node | undefined): number => node?.range?.[0] ?? 0;

  const syntax: Problem[] = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    atOffset(pos[0], "", `is not valid YAML: ${message}`),
  );
  if (deep !== undefined) {
    syntax.push({
      path: "",
      line: deep,
      column: 1,
      message: `is nested more than ${LIMIT_DEPTH} levels deep: no key needs more than 5`,
    });
  }
  const structure = syntax.length > 0 ? { duplicates: [], unreadable: [] } : inspect(document, atOffset);

  const locate = (path: Path, at: "key" | "value"): number => {
    let node = resolve(document, document.contents);
    let offset = offsetOf(node);
    for (const [index, step] of path.entries()) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) return offset;
        const last = index === path.length - 1;
        const value = pair.value as Node | null;
        const ofKey = offsetOf(pair.key as Node);
        // A value that is not there has no place of its own.
        offset = (last && at === "key") || value === null ? ofKey : offsetOf(value) || ofKey;
        node = resolve(document, value);
      } else if (isSeq(node)) {
        const item = node.items[Number(step)] as Node | undefined;
        if (item === undefined) return offset;
        offset = offsetOf(item);
        node = resolve(document, item);
      } else return offset;
    }
    return offset;
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
      let node = resolve(document, document.contents);
      for (const step of path) {
        if (isMap(node))
          node = resolve(
            document,
            node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))?.value as Node,
          );
        else if (isSeq(node)) node = resolve(document, node.items[Number(step)] as Node);
        else return undefined;
      }
      return node;
    },
    problem: (path, message, at = "value") => atOffset(locate(path, at), formatPath(path), message),
  };
}

function pathOf(ancestors: readonly unknown[]): Path {
  return ancestors.flatMap((ancestor, index) => {
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

function inspect(document: Document.Parsed, report: Report): { duplicates: Problem[]; unreadable: Problem[] } {
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
        if (!isScalar(key)) {
          unreadable.push(report(at, "", "has a list, a map or an alias as a key: keys are plain words"));
          continue;
        }
        const name = String(key.value);
        const path = formatPath([...pathOf([...ancestors, map]), name]);
        if (seen.has(name)) duplicates.push(report(at, path, "stands twice in the same map: remove one of the two"));
        seen.add(name);
      }
    },
  });
  return { duplicates, unreadable };
}
