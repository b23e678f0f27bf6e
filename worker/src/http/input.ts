import * as z from "zod";
import { type ErrorCode, WorkerError } from "../errors.ts";
import { clip, type Endpoint, type InputLimits } from "./contract.ts";
import { createRequestSchemas } from "./request-schemas.ts";

/** What an endpoint takes. */
export type InputShape = Pick<Endpoint, "fields" | "isStrict">;

export interface Input {
  readonly texts: readonly string[];
  /** Whether one prediction is due, not a list. */
  readonly isSingle: boolean;
}

const ISSUES_SHOWN = 3;

/**
 * A parsed body → the texts to predict, checked in the order shape, number, content.
 * @throws WorkerError `invalid_request`, `too_many_texts`, `text_empty` or `text_too_long`.
 */
export type ReadInput = (body: unknown, shape: InputShape) => Input;

export function createInputReader(limits: InputLimits): ReadInput {
  const schemas = createRequestSchemas(limits, z.registry<Readonly<Record<string, unknown>>>());
  return (body, shape) => {
    const field = pickField(body, shape);
    if (field === "texts") checkNumber((body as { texts: unknown }).texts, limits.texts);
    const schema = schemas[shape.isStrict ? "strict" : "loose"][field];
    const parsed = schema.safeParse(body, { error: describeType });
    if (!parsed.success) throw refusal(parsed.error.issues, field);
    const { text, texts = text === undefined ? [] : [text] } = parsed.data as Partial<Fields>;
    return { texts, isSingle: field === "text" };
  };
}

interface Fields {
  readonly text: string;
  readonly texts: readonly string[];
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

/** Before the schema: it would describe every one of a thousand wrong elements. */
function checkNumber(texts: unknown, limit: number): void {
  if (!Array.isArray(texts)) return;
  if (texts.length > limit) throw tooManyTexts(texts.length, limit);
  if (texts.length === 0) throw invalid("texts: is empty; send at least one text");
}

export function tooManyTexts(count: number, limit: number): WorkerError {
  return new WorkerError(
    "too_many_texts",
    `${count} texts in one request, at most ${limit}; send them in several requests`,
  );
}

const EXAMPLES = { text: '{"text": "…"}', texts: '{"texts": ["…"]}' };

/** A wrong type anywhere goes before a wrong content. */
function refusal(issues: readonly z.core.$ZodIssue[], field: "text" | "texts"): WorkerError {
  const shown = issues.filter((issue) => issue.code === "invalid_type").slice(0, ISSUES_SHOWN);
  const write = (issue: z.core.$ZodIssue) => `${writePath(issue.path)}: ${issue.message}`;
  if (shown.length > 0) return invalid(`${shown.map(write).join("; ")}; send ${EXAMPLES[field]}`);
  const flaw = issues.find((issue) => issue.code === "custom");
  if (flaw === undefined) return invalid(issues.slice(0, ISSUES_SHOWN).map(write).join("; "));
  return new WorkerError((flaw.params as { code: ErrorCode }).code, write(flaw));
}

/** Of what these schemas find, only a value of another type has no words yet. */
function describeType(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
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
