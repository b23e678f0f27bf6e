/**
 * Offers the values of one cookie to `accept`, in the order in which they came, until it takes one. A name may
 * come several times, because a cookie of a parent domain or another path is sent along.
 *
 * @param cookieHeaders every value of `Cookie`, raw
 * @param prefix the cookie's name and `=`
 */
export function findCookie<T>(
  cookieHeaders: readonly string[],
  prefix: string,
  accept: (value: string) => T | undefined,
): T | undefined {
  for (const header of cookieHeaders) {
    for (let start = 0; start < header.length; ) {
      const semicolon = header.indexOf(";", start);
      const end = semicolon === -1 ? header.length : semicolon;
      while (start < end && isBlank(header.charCodeAt(start))) start++;
      if (header.startsWith(prefix, start)) {
        const accepted = accept(header.slice(start + prefix.length, blanksFrom(header, end)));
        if (accepted !== undefined) return accepted;
      }
      start = end + 1;
    }
  }
  return undefined;
}

/** Where the blanks before `end` begin. A regular expression would take quadratic time over a field of blanks. */
function blanksFrom(text: string, end: number): number {
  let at = end;
  while (at > 0 && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
