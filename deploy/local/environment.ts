export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "BLINDSPLIT_";
/** Means the same to every child, so that it may reach them all. */
const FOR_EVERYONE = "BLINDSPLIT_LOG_LEVEL";

/** The names a configuration text refers to as `${NAME}` or `${NAME:-default}`. */
export function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)/g)].map((match) => match[1] ?? ""));
}

/**
 * What one child gets to see. A BLINDSPLIT_PORT or BLINDSPLIT_MODEL of the user's would apply to every child alike,
 * so a variable with our prefix passes only when that child's own configuration names it. Everything else passes.
 */
export function childEnvironment(
  environment: Environment,
  configText: string,
  additions: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = namesIn(configText);
  const passed = Object.entries({ ...environment, ...additions }).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (!entry[0].startsWith(PREFIX) || entry[0] === FOR_EVERYONE || named.has(entry[0])),
  );
  // Read when onnxruntime's library loads, so it has to be here before the process starts.
  return { ...Object.fromEntries(passed), ORT_DISABLE_TELEMETRY: "1" };
}

/** Variables with our prefix that nobody reads: the user meant something by them and should hear of it. */
export function unreadVariables(
  environment: Environment,
  ownVariables: readonly string[],
  configTexts: readonly string[],
): string[] {
  const read = new Set([FOR_EVERYONE, ...ownVariables, ...configTexts.flatMap((text) => [...namesIn(text)])]);
  return Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !read.has(name));
}
