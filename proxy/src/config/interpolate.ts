import { parse, type Scalar } from "yaml";

export interface Interpolated {
  readonly text: string;
  /** What is wrong with the references; empty where all were replaced. */
  readonly flaws: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/**
 * Replaces `${VAR}` and `${VAR:-default}`; as in a shell, the default also stands in for an empty value.
 * `$${` is a literal `${`. What comes in is never looked at again, neither for references nor as YAML.
 */
export function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const flaws: string[] = [];
  const replaced = text.replace(
    REFERENCE,
    (match: string, name: string | undefined, fallback: string | undefined) => {
      if (match === "$${") return "${";
      if (name === undefined) {
        flaws.push(
          `has a \${ that is no reference: write \${NAME} or \${NAME:-default}; a literal \${ is written $\${`,
        );
        return match;
      }
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
      if (value === undefined)
        flaws.push(`needs ${name}, which is not set: set it, or give a default: \${${name}:-…}`);
      return value ?? match;
    },
  );
  return { text: replaced, flaws };
}

/**
 * What `text` means as a plain YAML scalar, for a key that wants a number or a boolean. Only scalars come
 * out: text that would be a list or a map stays text.
 */
export function plainScalar(text: string): Scalar["value"] {
  if (!/^[\w.+-]{1,40}$/.test(text)) return text;
  const value: unknown = parse(text, { schema: "core", logLevel: "silent" });
  return typeof value === "number" || typeof value === "boolean" ? value : text;
}
