import * as z from "zod";
import { WorkerError } from "../errors.ts";
import { clip } from "./body.ts";

export interface InputLimits {
  /** Most texts in one request: the smaller of max_texts and what the queue can ever hold. */
  readonly texts: number;
  /** Most Unicode characters in one text. */
  readonly characters: number;
}

/** What an endpoint takes. */
export interface InputShape {
  readonly fields: readonly ("text" | "texts")[];
  /**
   * Whether an unknown field is an error. `/predict` is ours and says so when a field has no effect. The
   * aliases exist for clients of another service, which ignored what it did not know; so they ignore it too.
   */
  readonly isStrict: boolean;
}

export interface Input {
  readonly texts: readonly string[];
  /** Unicode characters of each text. */
  readonly characters: readonly number[];
  /** Whether one prediction is due, not a list. */
  readonly isSingle: boolean;
}

const ISSUES_SHOWN = 3;
const FIELDS = {
  text: z.object({ text: z.string() }),
  texts: z.object({ texts: z.array(z.string()) }),
};

/**
 * A parsed body → the texts to predict, checked in the order shape, number, content.
 * @throws WorkerError `invalid_request`, `too_many_texts`, `text_empty` or `text_too_long`.
 */
export function readInput(body: unknown, shape: InputShape, limits: InputLimits): Input {
  const field = pickField(body, shape);
  const list = Object(body).texts as unknown;
  // Before the schema: it would describe every one of a million wrong elements.
  if (field === "texts" && Array.isArray(list) && list.length > limits.texts) {
    throw new WorkerError(
      "too_many_texts",
      `${list.length} texts in one request, at most ${limits.texts}; send them in several requests`,
    );
  }
  if (field === "texts" && Array.isArray(list) && list.length === 0) {
    throw invalid("texts: is empty; send at least one text");
  }
  const parsed = FIELDS[field].safeParse(body, { error: describeType });
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, ISSUES_SHOWN);
    const found = issues.map((issue) => `${writePath(issue.path)}: ${issue.message}`).join("; ");
    throw invalid(`${found}; send ${EXAMPLES[field]}`);
  }
  const texts = "text" in parsed.data ? [parsed.data.text] : parsed.data.texts;
  const isSingle = field === "text";
  const characters = texts.map((text, index) =>
    checkText(text, isSingle ? "text" : `texts[${index}]`, limits.characters),
  );
  return { texts, characters, isSingle };
}

function pickField(body: unknown, shape: InputShape): "text" | "texts" {
  const expected = shape.fields.map((field) => EXAMPLES[field]).join(" or ");
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid(`the body must be a JSON object: ${expected}`);
  }
  if (Object.hasOwn(body, "text") && Object.hasOwn(body, "texts")) {
    throw invalid("text and texts exclude each other; send one of them");
  }
  const field = shape.fields.find((candidate) => Object.hasOwn(body, candidate));
  if (field === undefined) throw invalid(`${shape.fields.join(" or ")} is missing; expected ${expected}`);
  if (shape.isStrict) {
    const unknown = Object.keys(body).filter((key) => key !== field);
    if (unknown.length > 0) {
      const named = unknown.slice(0, ISSUES_SHOWN).map(clip).join(", ");
      throw invalid(`unknown field(s) ${named}; expected only ${field}`);
    }
  }
  return field;
}

/** @returns the number of Unicode characters. */
function checkText(text: string, name: string, limit: number): number {
  if (!text.isWellFormed()) {
    // A lone surrogate is no character; guessing one would give the two models different guesses.
    throw invalid(
      `${name}: holds a lone surrogate (\\ud800 to \\udfff without its partner), which is no character`,
    );
  }
  if (text.trim() === "") {
    throw new WorkerError("text_empty", `${name}: is empty or only white space; there is nothing to judge`);
  }
  const characters = countCharacters(text);
  if (characters > limit) {
    throw new WorkerError(
      "text_too_long",
      `${name}: has ${characters} characters, at most ${limit}; shorten it`,
    );
  }
  return characters;
}

function countCharacters(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs += 1;
  }
  return text.length - pairs;
}

const EXAMPLES = { text: '{"text": "…"}', texts: '{"texts": ["…"]}' };

/** The only issue these schemas have: a value of another type. */
function describeType(issue: { readonly expected?: unknown; readonly input?: unknown }): string {
  const wanted = issue.expected === "array" ? "a list of texts" : "a text";
  return `must be ${wanted}, and is ${kindOf(issue.input)}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return "a number";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function writePath(path: readonly PropertyKey[]): string {
  return path.map((step) => (typeof step === "number" ? `[${step}]` : String(step))).join("");
}

function invalid(message: string): WorkerError {
  return new WorkerError("invalid_request", message);
}
