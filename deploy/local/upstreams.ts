const ANSWER_LIMIT_MS = 2_000;

interface VariantUpstreams {
  name: string;
  upstreams: readonly string[];
}

/** Reads the variants out of the gateway's answer to `GET /config`; an answer that is something else holds none. */
export function variantsIn(answer: unknown): VariantUpstreams[] {
  const variants = (answer as { config?: { variants?: unknown } } | null)?.config?.variants;
  if (!Array.isArray(variants)) return [];
  return variants.flatMap(({ name, upstreams }: Record<string, unknown>) =>
    typeof name === "string" && Array.isArray(upstreams)
      ? [{ name, upstreams: upstreams.filter((url): url is string => URL.canParse(String(url))) }]
      : [],
  );
}

const originOf = (url: string) => new URL(url).origin.replace("//localhost", "//127.0.0.1");

/** A variant that is served elsewhere, and a worker that nobody asks: both may be meant, neither should be a surprise. */
export function upstreamNotes(
  variants: readonly VariantUpstreams[],
  workers: readonly { title: string; url: string }[],
): string[] {
  const started = workers.map(({ url }) => originOf(url));
  const asked = variants.flatMap(({ upstreams }) => upstreams.map(originOf));
  const elsewhere = variants.filter(
    ({ upstreams }) => !upstreams.some((url) => started.includes(originOf(url))),
  );
  const unasked = variants.length === 0 ? [] : workers.filter(({ url }) => !asked.includes(originOf(url)));
  return [
    ...elsewhere.map(
      ({ name, upstreams }) =>
        `note: variant "${name}" (${upstreams.join(", ")}) does not point at a worker started here`,
    ),
    ...unasked.map(({ title, url }) => `note: no variant points at ${title} (${url})`),
  ];
}

/** Only for the notes, so a gateway that does not answer has none. */
export async function askVariants(adminUrl: string): Promise<VariantUpstreams[]> {
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    return variantsIn(await (await fetch(`${adminUrl}/config`, { signal })).json());
  } catch {
    return [];
  }
}
