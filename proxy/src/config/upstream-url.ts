import { z } from "zod";

const FORM = /^https?:\/\/[^\s/?#\\]/i;
const REMEDY = "write an absolute URL such as http://127.0.0.1:8101 or https://models.internal/v1/roberta";

/** An upstream of a variant; parsed to scheme, authority and path prefix without a final slash. */
export const upstreamUrl = z
  .string({
    error: ({ input }) =>
      `is ${input === undefined ? "missing" : `${JSON.stringify(input)}, which is no URL`}: ${REMEDY}`,
  })
  // Said again as a regex, so that editors know it from the JSON Schema.
  .regex(FORM, { error: ({ input }) => `${shown(input)} is no http:// or https:// URL: ${REMEDY}` })
  .max(2048)
  .transform((text, context) => {
    const { url, flaw } = parse(text);
    if (url !== undefined) return url;
    context.addIssue({ code: "custom", message: `${shown(text)} ${flaw}`, input: text });
    return z.NEVER;
  });

/** The admin listener of another gateway: an address without a path. */
export const replicaUrl = upstreamUrl.refine((url) => new URL(url).pathname === "/", {
  error: ({ input }) =>
    `${shown(input)} has a path: write only scheme, host and port, such as http://proxy:8081`,
});

function parse(text: string): { url: string; flaw?: never } | { url?: never; flaw: string } {
  // The URL parser would drop these silently.
  if (/[\s\p{Cc}\\]/u.test(text))
    return { flaw: "has spaces, control characters or backslashes: remove them" };
  const url = URL.parse(text);
  if (url === null) return { flaw: `is no valid URL: ${REMEDY}` };
  if (url.username !== "" || url.password !== "") {
    return { flaw: "carries credentials, which would end up in logs and on /config: remove them" };
  }
  if (/[?#]/.test(text))
    return { flaw: "has a query or fragment: remove it, the caller's own query is forwarded" };
  if (url.port === "0") return { flaw: "has port 0: name the port that the upstream listens on" };
  return { url: url.origin + url.pathname.replace(/\/+$/, "") };
}

/** The value for an error message, without what may be a password. */
function shown(value: unknown): string {
  return JSON.stringify(String(value).replace(/^(https?:\/\/)?[\s\S]*@/i, "$1***@"));
}
