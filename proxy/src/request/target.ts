import type { PathVerdict } from "../blind/paths.ts";
import type { Refusal } from "../errors.ts";

const TARGET_LIMIT_BYTES = 16 * 1024;

/** The target in origin form: an absolute-form target (RFC 9112, 3.2.2) loses scheme and authority. */
export function originForm(target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = /^https?:\/\/[^/?#]+/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Why a request's method or target is not forwarded, if it is not. `target` is in origin form. */
export function refuseTarget(
  method: string | undefined,
  target: string,
  judge: (target: string) => PathVerdict,
): Refusal | undefined {
  if (method === "TRACE")
    return { code: "method_not_allowed", detail: "TRACE would show what the proxy added; use GET." };
  if (target.length > TARGET_LIMIT_BYTES)
    return {
      code: "uri_too_long",
      detail: `The request target has ${target.length} bytes, the limit is ${TARGET_LIMIT_BYTES}; move data into the body.`,
    };
  const verdict = judge(target);
  if (verdict === "above_root")
    return { code: "bad_request", detail: 'The path climbs above "/"; leave out the surplus "..".' };
  // undici writes only targets that begin with a slash: "*" has no meaning beyond one server anyway.
  if (verdict === "hidden" || !target.startsWith("/"))
    return { code: "not_found", detail: "This path is not served here." };
  return undefined;
}
