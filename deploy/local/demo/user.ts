/** One caller of the gateway. It knows itself by a header, or keeps the cookies it was given, as a browser does. */
export interface User {
  headers(): Record<string, string>;
  /** Takes the `Set-Cookie` lines of an answer. */
  remember(setCookies: readonly string[]): void;
  /** Whether the gateway can recognise it at its next request. */
  readonly known: boolean;
}

export function createUser(index: number, idHeader: string): User {
  // Every other one, so that half the users have a header, whatever their number.
  return index % 2 === 0 ? headerUser(idHeader, `demo-user-${index + 1}`) : cookieUser();
}

function headerUser(name: string, id: string): User {
  return { known: true, headers: () => ({ [name]: id }), remember: () => {} };
}

function cookieUser(): User {
  const jar = new Map<string, string>();
  return {
    get known() {
      return jar.size > 0;
    },
    headers: () =>
      jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
    remember(setCookies) {
      for (const line of setCookies) {
        const [pair = "", ...attributes] = line.split(";");
        const equals = pair.indexOf("=");
        if (equals < 1) continue;
        const name = pair.slice(0, equals).trim();
        // RFC 6265, 5.3: a lifetime of zero takes the cookie back.
        if (attributes.some((attribute) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute)))
          jar.delete(name);
        else jar.set(name, pair.slice(equals + 1).trim());
      }
    },
  };
}
