import { z } from "zod";
import type { Violation } from "./violation.ts";

const ATTRIBUTES = z.object({
  identity: z.object({
    cookie: z.object({
      name: z.string().default(""),
      secure: z.boolean().default(false),
      same_site: z.unknown().optional(),
      domain: z.unknown().optional(),
    }),
  }),
});
const UNSIGNED_UNTIL = z.object({
  identity: z.object({
    cookie: z.object({
      secret: z.unknown().optional(),
      accept_unsigned_until: z.unknown().refine((until) => until !== undefined),
    }),
  }),
});
const FORCE = z.object({ force: z.object({ header: z.string().default("x-blindsplit-force") }) });
const NAMES = z.object({
  header: z
    .union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
    .catch("x-user-id"),
  cookie: z
    .object({ name: z.string() })
    .transform(({ name }) => name)
    .catch("model_session"),
});
const IDENTITY = z.object({ identity: NAMES });

/** What of `identity` and `force` depends on another key. */
export function checkIdentity(file: unknown): Violation[] {
  return [...cookieAttributes(file), ...signing(file), ...forceNames(file)];
}

function cookieAttributes(file: unknown): Violation[] {
  const { data } = ATTRIBUTES.safeParse(file);
  if (data === undefined) return [];
  const { name, secure, same_site, domain } = data.identity.cookie;
  const violations: Violation[] = [];
  const add = (key: string, message: string) =>
    violations.push({ path: ["identity", "cookie", key], message });
  if (same_site === "None" && !secure)
    add("same_site", "None needs secure: true, or browsers drop the cookie");
  if (/^__(secure|host)-/i.test(name) && !secure)
    add("name", `the prefix of "${name}" needs secure: true, or browsers drop the cookie`);
  if (/^__host-/i.test(name) && domain !== undefined)
    add("domain", `a cookie with the prefix __Host- has no domain: remove the domain or the prefix`);
  return violations;
}

function signing(file: unknown): Violation[] {
  const { data } = UNSIGNED_UNTIL.safeParse(file);
  if (data === undefined || data.identity.cookie.secret !== undefined) return [];
  return [
    {
      path: ["identity", "cookie", "accept_unsigned_until"],
      message:
        "needs identity.cookie.secret: without one every session is unsigned; remove this key or add a secret",
    },
  ];
}

/** A token is looked for in a header and in a cookie, and neither may already mean something else. */
function forceNames(file: unknown): Violation[] {
  const force = FORCE.safeParse(file).data?.force;
  if (force === undefined) return [];
  const names = IDENTITY.safeParse(file).data?.identity ?? NAMES.parse({});
  const isSame = (name: string) => name.toLowerCase() === force.header.toLowerCase();
  const taken = isSame(names.header)
    ? "identity.header"
    : isSame(names.cookie)
      ? "identity.cookie.name"
      : undefined;
  if (taken === undefined) return [];
  return [
    {
      path: ["force", "header"],
      message: `is the same name as ${taken}: choose another, such as x-blindsplit-force`,
    },
  ];
}
