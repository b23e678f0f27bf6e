import * as z from "zod";
import type { ErrorCode } from "../errors.ts";
import type { InputLimits } from "./contract.ts";

/** What JSON Schema says beside the types: descriptions, examples, and limits that are checked in our own words. */
export type SchemaNotes = z.core.$ZodRegistry<Readonly<Record<string, unknown>>>;

/** Bodies of the endpoints that predict: `strict` ones have no further field, `loose` ones may. */
export function createRequestSchemas(limits: InputLimits, notes: SchemaNotes) {
  const text = z
    .string()
    .superRefine((value, context) => {
      const flaw = findFlaw(value, limits.characters);
      if (flaw !== undefined) context.addIssue({ code: "custom", ...flaw });
    })
    .register(notes, {
      minLength: 1,
      maxLength: limits.characters,
      pattern: NOT_BLANK,
      description: "Not only white space. Its length counts in Unicode characters.",
    });
  const texts = z.array(text).min(1).max(limits.texts);
  const absent = z.never().optional();
  return {
    strict: { text: z.strictObject({ text }), texts: z.strictObject({ texts }) },
    loose: {
      text: z.looseObject({ text, texts: absent }),
      texts: z.looseObject({ texts, text: absent }),
    },
  };
}

/** What `trim` takes for white space, written so that every dialect of regular expressions reads it alike. */
const NOT_BLANK =
  "[^\\t\\n\\u000b\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]";

interface Flaw {
  readonly message: string;
  readonly params: { readonly code: ErrorCode };
}

function findFlaw(text: string, limit: number): Flaw | undefined {
  if (!text.isWellFormed()) {
    // A lone surrogate is no character; guessing one would give the two models different guesses.
    const message = "holds a lone surrogate (\\ud800 to \\udfff without its partner), which is no character";
    return { message, params: { code: "invalid_request" } };
  }
  if (text.trim() === "") {
    const message = "is empty or only white space; there is nothing to judge";
    return { message, params: { code: "text_empty" } };
  }
  // Most texts are shorter than the limit in UTF-16 units too, and need no count.
  if (text.length <= limit) return undefined;
  const characters = countCharacters(text);
  if (characters <= limit) return undefined;
  const message = `has ${characters} characters, at most ${limit}; shorten it`;
  return { message, params: { code: "text_too_long" } };
}

/** Unicode characters of a text without lone surrogates. */
function countCharacters(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs += 1;
  }
  return text.length - pairs;
}
