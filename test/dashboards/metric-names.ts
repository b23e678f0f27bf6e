const WORDS_OF_PROMQL = new Set([
  "and",
  "or",
  "unless",
  "by",
  "on",
  "ignoring",
  "without",
  "bool",
  "offset",
  "inf",
  "nan",
]);

/**
 * The metrics that an expression reads, in order. What is left of it without strings, selectors, ranges and lists of
 * labels is names: of functions, which a parenthesis follows, of the language, and of metrics.
 */
export function metricNames(expr: string): readonly string[] {
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, " ")
    .replace(/\[[^\]]*\]/g, " ")
    .replace(/\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)/g, " ")
    .replace(/\b(group_left|group_right)\b/g, " ");
  const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS_OF_PROMQL.has(name)))];
}
