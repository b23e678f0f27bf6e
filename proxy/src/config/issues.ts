import type { z } from "zod";
import type { YamlDocument } from "./document.ts";
import { unknownKey } from "./messages.ts";
import type { Problem } from "./problem.ts";
import { fileSchema } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** Whatever one issue of the schema has to say, at its place in the file. */
export function describeIssue(document: YamlDocument, issue: Issue): Problem[] {
  switch (issue.code) {
    case "invalid_union": {
      const meant = branchMeant(issue);
      if (meant === undefined) return [document.problem(issue.path, issue.message)];
      return meant.flatMap((inner) =>
        describeIssue(document, { ...inner, path: [...issue.path, ...inner.path] }),
      );
    }
    case "invalid_key":
      return issue.issues.map(({ message }) => document.problem(issue.path, message, "key"));
    case "too_small":
    case "too_big":
      // zod measures whatever has a length; that it is no text is said already.
      if (issue.origin === "string" && typeof issue.input !== "string") return [];
      return [document.problem(issue.path, issue.message)];
    case "unrecognized_keys": {
      const known = knownKeys(issue.path);
      return issue.keys
        .slice(0, 50)
        .map((key) => document.problem([...issue.path, key], unknownKey(key, known), "key"));
    }
    default:
      return [document.problem(issue.path, issue.message)];
  }
}

/** Where a number or a truth value is wanted, of a union's branches too: the paths that found something else. */
export function wantingScalars(issue: Issue): PropertyKey[][] {
  if (issue.code === "invalid_union") {
    return issue.errors.flatMap((branch) =>
      branch.flatMap((inner) => wantingScalars({ ...inner, path: [...issue.path, ...inner.path] })),
    );
  }
  const isWanting =
    issue.code === "invalid_type" && ["number", "int", "boolean"].includes(String(issue.expected));
  return isWanting ? [issue.path] : [];
}

/** Of a union's branches, the first one whose kind of value was given, so that only its details are wrong. */
function branchMeant(issue: Extract<Issue, { code: "invalid_union" }>): readonly Issue[] | undefined {
  return issue.errors.find(
    (branch) =>
      !branch.some(
        ({ code, path }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value"),
      ),
  );
}

/** The inside of a schema, as far as finding keys needs it. */
interface Definition {
  readonly shape?: Readonly<Record<PropertyKey, Node>>;
  readonly element?: Node;
  readonly innerType?: Node;
  readonly in?: Node;
  readonly options?: readonly Node[];
}
interface Node {
  readonly def: Definition;
}

/** The keys that the schema knows at `path`. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let nodes = unwrap(fileSchema as unknown as Node);
  for (const name of path) {
    nodes = nodes.flatMap(({ def }) => {
      const inner = typeof name === "number" ? def.element : def.shape?.[name];
      return inner === undefined ? [] : unwrap(inner);
    });
  }
  return [...new Set(nodes.flatMap(({ def }) => Object.keys(def.shape ?? {})))];
}

/** What a schema accepts, without defaults and transforms around it; a union is all of its branches. */
function unwrap(node: Node): Node[] {
  const { innerType, in: input, options } = node.def;
  if (options !== undefined) return options.flatMap(unwrap);
  const inner = innerType ?? input;
  return inner === undefined ? [node] : unwrap(inner);
}
