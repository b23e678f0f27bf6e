import { z } from "zod";
import { duration } from "./duration.ts";
import { upstreamUrl } from "./upstream-url.ts";
import type { Violation } from "./violation.ts";

/** What of the upstreams depends on another key. */
export function checkUpstreams(file: unknown): Violation[] {
  return [...repetitions(file), ...tls(file), ...ejection(file)];
}

const ADDRESS = z.object({
  url: upstreamUrl,
  host: z.unknown().optional(),
  headers: z.record(z.string(), z.unknown()).default({}),
});
const SECURED = z.object({ url: z.unknown(), tls: z.record(z.string(), z.unknown()) });
const BACK_OFF = duration("0ms", "999999d");
const EJECTION = z.object({
  upstream: z.object({
    ejection: z.object({ base: BACK_OFF.prefault("1s"), max: BACK_OFF.prefault("30s") }),
  }),
});
const ADDRESSES = z.object({
  variants: z.array(z.object({ upstreams: z.array(z.unknown()).catch([]) }).catch({ upstreams: [] })),
});

/** Every upstream with its place, in its short and in its long form. */
function* addressesIn(file: unknown) {
  const variants = ADDRESSES.safeParse(file).data?.variants ?? [];
  for (const [variant, { upstreams }] of variants.entries()) {
    for (const [index, address] of upstreams.entries()) {
      const fields = typeof address === "string" ? { url: address } : address;
      yield { variant, index, path: ["variants", variant, "upstreams", index], fields };
    }
  }
}

/** Balanced between twice, one server would get twice its share. `Host` and headers may choose between two services. */
function repetitions(file: unknown): Violation[] {
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const { variant, path, fields } of addressesIn(file)) {
    const { data } = ADDRESS.safeParse(fields);
    if (data === undefined) continue;
    const headers = Object.entries(data.headers).map(([name, value]) =>
      JSON.stringify([name.toLowerCase(), value]),
    );
    const key = JSON.stringify([variant, data.url, data.host, headers.toSorted()]);
    if (seen.has(key)) violations.push({ path, message: "stands twice in this list: remove one of the two" });
    seen.add(key);
  }
  return violations;
}

function tls(file: unknown): Violation[] {
  return [...addressesIn(file)].flatMap(({ path, fields }) => {
    const { data } = SECURED.safeParse(fields);
    if (data === undefined) return [];
    const violations: Violation[] = [];
    if (typeof data.url === "string" && /^http:/i.test(data.url))
      violations.push({
        path: [...path, "tls"],
        message: "needs an https:// address: change the url, or remove tls",
      });
    const { cert, key } = data.tls;
    if ((cert === undefined) === (key === undefined)) return violations;
    const [there, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
    violations.push({
      path: [...path, "tls", there],
      message: `needs ${missing} beside it: name both files, or none`,
    });
    return violations;
  });
}

function ejection(file: unknown): Violation[] {
  const { data } = EJECTION.safeParse(file);
  if (data === undefined) return [];
  const { base, max } = data.upstream.ejection;
  if (max >= base) return [];
  return [
    {
      path: ["upstream", "ejection", "max"],
      message: `the longest back-off (${max} ms) is shorter than the first (${base} ms): raise max or lower base`,
    },
  ];
}
