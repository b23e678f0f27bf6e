import type { InputFacts } from "../metrics/requests.ts";

/** One pass over the UTF-16 units of a text without lone surrogates: a pair of them is one character. */
export function countInput(text: string): InputFacts {
  let pairs = 0;
  let nonAsciiUnits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= 0x7f) continue;
    nonAsciiUnits += 1;
    if ((unit & 0xfc00) === 0xd800) pairs += 1;
  }
  return { characters: text.length - pairs, nonAsciiCharacters: nonAsciiUnits - pairs };
}
