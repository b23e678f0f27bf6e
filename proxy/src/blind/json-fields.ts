/**
 * Returns a filter for JSON bodies: objects keep only the fields with these names, at every depth. What is no JSON gives
 * undefined: nothing of it may leave.
 */
export function createFieldFilter(names: readonly string[]): (body: Buffer) => Buffer | undefined {
  const kept = new Set(names);
  return (body) => {
    let value: unknown;
    try {
      value = JSON.parse(body.toString("utf8"), (key, inner) => filterObject(key, inner, kept));
    } catch {
      return undefined;
    }
    return Buffer.from(JSON.stringify(value));
  };
}

function filterObject(_key: string, value: unknown, kept: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // In the order of the list: the order in which a service writes its fields would tell it.
  return Object.fromEntries(
    [...kept].flatMap((name) => (Object.hasOwn(value, name) ? [[name, (value as never)[name]]] : [])),
  );
}
