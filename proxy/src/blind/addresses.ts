/** The upstream that an answer comes from, as its addresses would show it. */
export interface AnswerOrigin {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path prefix without a trailing slash. */
  readonly basePath: string;
}

/** Returns rewriters for header values that can hold an address of one of `upstreamOrigins`. */
export function createAddressHider(upstreamOrigins: readonly string[]) {
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
      if (!/^(https?:)?\/\//i.test(value) || !hostnames.has(url.hostname)) return value;
      return publicPath(`${url.pathname}${url.search}${url.hash}`, from);
    },
    /** A cookie bound to an upstream's name or path is bound to the public ones instead. */
    cookie(value: string, from: AnswerOrigin): string {
      return value
        .split(";")
        .flatMap((attribute, position) => {
          // The first is the cookie itself, whatever it is called.
          if (position === 0) return [attribute];
          const [, key = "", content = ""] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(attribute) ?? [];
          if (key.toLowerCase() === "domain" && hostnames.has(content.replace(/^\./, "").toLowerCase()))
            return [];
          if (key.toLowerCase() === "path") return [` Path=${publicPath(content, from)}`];
          return [attribute];
        })
        .join(";");
    },
  };
}
