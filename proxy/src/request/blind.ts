import type { IncomingHttpHeaders } from "node:http";

/**
 * The response headers that may leave, in the order in which they leave. Everything else stays inside: what is
 * not needed to use the answer could tell which variant gave it.
 */
export const ALLOWED_HEADERS = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-disposition",
  "content-range",
  "accept-ranges",
  "cache-control",
  "retry-after",
  "allow",
  "location",
  "link",
  "www-authenticate",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-expose-headers",
  "access-control-max-age",
  "access-control-allow-private-network",
  "set-cookie",
] as const;

/** Where an answer comes from: what must not show in it. */
export interface AnswerOrigin {
  readonly origin: string;
  readonly basePath: string;
}

export interface Blinder {
  /** The headers that leave, as name, value, name, value …, in the order of the list. */
  headers(upstream: IncomingHttpHeaders, from: AnswerOrigin): string[];
}

/**
 * @param extra further names that may leave (`blind.headers`), in lower case
 * @param upstreamOrigins every address of every variant: none of them may show
 * @param sessionCookie the proxy's own cookie: an upstream cannot set it
 */
export function createBlinder(
  extra: readonly string[],
  upstreamOrigins: readonly string[],
  sessionCookie: string,
): Blinder {
  const names = [
    ...ALLOWED_HEADERS,
    ...extra.filter((name) => !(ALLOWED_HEADERS as readonly string[]).includes(name)),
  ];
  const hide = createAddressHider(upstreamOrigins);

  function pass(name: string, value: string, from: AnswerOrigin): string | undefined {
    switch (name) {
      case "cache-control":
        return undefined; // Added for every answer alike, below.
      case "location":
        return hide.location(value, from);
      case "link":
        return value.replaceAll(/<([^>]*)>/g, (_, target: string) => `<${hide.location(target, from)}>`);
      case "set-cookie":
        return value.startsWith(`${sessionCookie}=`) ? undefined : hide.cookie(value, from);
      default:
        return value;
    }
  }

  return {
    headers(upstream, from) {
      const pairs: string[] = [];
      for (const name of names) {
        if (name === "cache-control") {
          pairs.push(name, privateCaching(upstream["cache-control"]));
          continue;
        }
        if (!Object.hasOwn(upstream, name)) continue;
        const value = upstream[name] as string | string[];
        for (const one of Array.isArray(value) ? value : [value]) {
          const passed = pass(name, one, from);
          if (passed !== undefined) pairs.push(name, passed);
        }
      }
      return pairs;
    },
  };
}

/** No shared cache may hand one variant's answer to the other's users (RFC 9111, 5.2.2.7). */
export function privateCaching(value: string | string[] | undefined): string {
  const kept = (Array.isArray(value) ? value.join(",") : (value ?? ""))
    .split(",")
    .map((directive) => directive.trim())
    .filter(
      (directive) => directive !== "" && !/^(public|private|s-maxage|proxy-revalidate)\b/i.test(directive),
    );
  return [...kept, "private"].join(", ");
}

function createAddressHider(upstreamOrigins: readonly string[]) {
  const authorities = new Set(upstreamOrigins.map((origin) => new URL(origin).host));
  const hostnames = new Set(upstreamOrigins.map((origin) => new URL(origin).hostname));

  /** A path of the upstream, as the caller must name it. */
  function publicPath(path: string, { basePath }: AnswerOrigin): string {
    if (
      basePath === "" ||
      !(path === basePath || path.startsWith(`${basePath}/`) || path.startsWith(`${basePath}?`))
    )
      return path;
    const rest = path.slice(basePath.length);
    return rest.startsWith("/") ? rest : `/${rest}`;
  }

  return {
    /** An address that names an upstream becomes a path on the public name; one that names others stays. */
    location(value: string, from: AnswerOrigin): string {
      if (value.startsWith("/") && !value.startsWith("//")) return publicPath(value, from);
      let url: URL;
      try {
        url = new URL(value, from.origin);
      } catch {
        return value;
      }
      if (!/^(https?:)?\/\//i.test(value) || !authorities.has(url.host)) return value;
      return publicPath(`${url.pathname}${url.search}${url.hash}`, from);
    },
    /** A cookie bound to an upstream's name or path is bound to the public ones instead. */
    cookie(value: string, from: AnswerOrigin): string {
      return value
        .split(";")
        .flatMap((attribute) => {
          const [key = "", content = ""] = attribute.split("=", 2).map((part) => part.trim());
          if (key.toLowerCase() === "domain" && hostnames.has(content.replace(/^\./, "").toLowerCase()))
            return [];
          if (key.toLowerCase() === "path") return [` Path=${publicPath(content, from)}`];
          return [attribute];
        })
        .join(";");
    },
  };
}
