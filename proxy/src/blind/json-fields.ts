/**
 * Returns a filter for JSON bodies: objects keep only the fields with these names, at every depth. What is no JSON gives
 * undefined: nothing of it may leave.
 */
export function createFieldFilter(names: readonly string[]): (body: Buffer) => Buffer | undefined {
  const kept = new Set(names);
  return (body) => {
    let value: unknown;
    try {
      value = JSON.parse(body.toString("utf8"), (_key, inner: unknown, context?: { source?: string }) =>
        typeof inner === "number" ? keepDigits(inner, context?.source) : filterObject(inner, kept),
      );
    } catch {
      return undefined;
    }
    // Words outside of any field are nobody's listed field.
    if (typeof value === "string") return undefined;
    return Buffer.from(JSON.stringify(value));
  };
}

/** A whole number that JavaScript cannot hold leaves as it was written; others in one spelling (`1.0` is 1). */
function keepDigits(value: number, source: string | undefined): unknown {
  if (source === undefined || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source);
}

function filterObject(value: unknown, kept: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // In the order of the list: the order in which a service writes its fields would tell it.
  return Object.fromEntries(
    [...kept].flatMap((name) => (Object.hasOwn(value, name) ? [[name, (value as never)[name]]] : [])),
  );
}
