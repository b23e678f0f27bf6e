import { z } from "zod";

const LEAST_CHARACTERS = 16;
const MOST_CHARACTERS = 256;
const REMEDY = "make one with `openssl rand -base64 32`";

/** A secret that somebody would want to guess; no message repeats it. */
const secretText = z
  .string()
  .regex(/^[\s\S]{16,256}$/, {
    abort: true,
    error: ({ input }) => {
      const { length } = String(input);
      return length < LEAST_CHARACTERS
        ? `has ${length} characters, which can be guessed: the least is ${LEAST_CHARACTERS}, ${REMEDY}`
        : `has ${length} characters: the most is ${MOST_CHARACTERS}, ${REMEDY}`;
    },
  })
  // Replicas would disagree in silence: one reads a secret from a file with its line end, another without.
  .regex(/^[^\s\p{Cc}](?:[\s\S]*[^\s\p{Cc}])?$/u, {
    abort: true,
    error: () =>
      "has blanks or control characters at an end: remove them (a secret file often ends in a line end)",
  });

/** One secret or several: the first signs, all of them verify. */
export const secretTexts = z.union([secretText, z.array(secretText).min(1).max(10)], {
  error: ({ input }) =>
    input === undefined
      ? `is missing: ${REMEDY}`
      : `must be text in quotes, or a list of such texts: ${REMEDY}`,
});

/** A secret that travels in a header. */
export const bearerToken = secretText.regex(/^[\x21-\x7e]*$/, {
  error: () => `has blanks or characters outside of ASCII, which cannot stand in a header: ${REMEDY}`,
});

/** Several are told apart, however often one stands there. */
export function listOf(secret: string | readonly string[]): readonly string[] {
  return typeof secret === "string" ? [secret] : [...new Set(secret)];
}
