import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { isEqual } from "../identity/signature.ts";

/**
 * Why a request to the admin listener is refused, if it is. A page that a browser loaded from elsewhere could
 * reach a loopback listener by DNS rebinding (its own name in `Host`) or by a cross-origin request (a foreign
 * `Origin`); Prometheus and probes come by IP or by a listed name and send no `Origin`. No browser can leave `Host`
 * out: that is a balancer's check over HTTP/1.0.
 *
 * @param key of the configuration, that the names are of
 */
export function findForeign(
  headers: IncomingHttpHeaders,
  names: readonly string[],
  key = "admin.hosts",
): string | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !isOwn(hostName(host), names))
    return `The Host "${host.slice(0, 100)}" is neither an IP address, nor localhost, nor listed in ${key}.`;
  if (origin !== undefined && (host === undefined || origin !== `http://${host}`))
    return `The Origin "${origin.slice(0, 100)}" is not this listener; call it without a browser, or from its own pages.`;
  return undefined;
}

/** Why a request without the token is refused; undefined where it has it, or where none is asked for. */
export function findUnauthorised(
  { authorization }: IncomingHttpHeaders,
  token: string | undefined,
): string | undefined {
  if (token === undefined) return undefined;
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  if (given === undefined)
    return "This listener asks for a token (admin.token): send it as Authorization: Bearer TOKEN.";
  return isEqual(token, given) ? undefined : "The token is not the one of admin.token.";
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(host);
  return (bracketed?.[1] ?? host.replace(/:\d+$/, "")).toLowerCase();
}

function isOwn(name: string, names: readonly string[]): boolean {
  return name === "localhost" || name === "localhost." || isIP(name) !== 0 || names.includes(name);
}
