import { z } from "zod";
import { checkAdmin } from "./admin-rules.ts";
import { checkAnalysis } from "./analysis-rules.ts";
import { checkIdentity } from "./identity-rules.ts";
import { checkUpstreams } from "./upstream-rules.ts";
import type { Violation } from "./violation.ts";

/** The rules between fields. They look at the raw file, so that they speak up beside whatever else is wrong with it. */
export function checkRules(file: unknown): Violation[] {
  return [
    ...weights(file),
    ...variantNames(file),
    ...controls(file),
    ...checkUpstreams(file),
    ...checkIdentity(file),
    ...checkAdmin(file),
    ...checkAnalysis(file),
    ...headerNames(file),
  ];
}

const variantsWith = <S extends z.ZodRawShape>(shape: S) => z.object({ variants: z.array(z.object(shape)) });

const WEIGHTS = variantsWith({ weight: z.int().min(0).max(100) });
const NAMES = variantsWith({ name: z.unknown().optional() });
const CONTROLS = variantsWith({ control: z.unknown().optional() });
const UPSTREAMS = variantsWith({ upstreams: z.array(z.unknown()) });
const HEADERS = z.object({ headers: z.unknown() });
const SET_HEADERS = z.object({ blind: z.object({ set_headers: z.unknown() }) });

function weights(file: unknown): Violation[] {
  const { data } = WEIGHTS.safeParse(file);
  if (data === undefined || data.variants.length === 0) return [];
  const listed = data.variants.map(({ weight }) => weight);
  const sum = listed.reduce((total, weight) => total + weight, 0);
  if (sum === 100) return [];
  const remedy = sum < 100 ? `add ${100 - sum}` : `take away ${sum - 100}`;
  return [
    {
      path: ["variants"],
      message: `weights ${listed.join(" + ")} sum to ${sum}: they must be whole numbers that sum to 100, ${remedy}`,
    },
  ];
}

function variantNames(file: unknown): Violation[] {
  const names = NAMES.safeParse(file).data?.variants.map(({ name }) => name) ?? [];
  return names.flatMap((name, index) => {
    const path = ["variants", index, "name"];
    if (name === "none" || name === "other") {
      return [{ path, message: `"${name}" is reserved for metrics: choose another name` }];
    }
    const first = names.indexOf(name);
    if (typeof name !== "string" || first === index) return [];
    return [{ path, message: `"${name}" is already the name of variants[${first}]: names must differ` }];
  });
}

function controls(file: unknown): Violation[] {
  const flags = CONTROLS.safeParse(file).data?.variants ?? [];
  const claimed = flags.flatMap(({ control }, index) => (control === true ? [index] : []));
  return claimed.slice(1).map((index) => ({
    path: ["variants", index, "control"],
    message: `is a second control beside variants[${claimed[0]}]: one variant at most says control: true`,
  }));
}

/**
 * Names of headers that differ only in case are one name, and one of the values would be lost; so would be that of
 * `__proto__`, which the schema passes over.
 */
function headerNames(file: unknown): Violation[] {
  const variants = UPSTREAMS.safeParse(file).data?.variants ?? [];
  const maps = variants.flatMap(({ upstreams }, variant) =>
    upstreams.map((address, index) => ({
      path: ["variants", variant, "upstreams", index, "headers"],
      headers: HEADERS.safeParse(address).data?.headers,
    })),
  );
  const { data } = SET_HEADERS.safeParse(file);
  return [...maps, { path: ["blind", "set_headers"], headers: data?.blind.set_headers }].flatMap(
    ({ path, headers }) => {
      if (typeof headers !== "object" || headers === null) return [];
      const names = Object.keys(headers);
      const lower = names.map((name) => name.toLowerCase());
      return names.flatMap((name, index) => {
        if (name === "__proto__")
          return { path: [...path, name], message: `"${name}" cannot be used here: remove it` };
        if (lower.indexOf(name.toLowerCase()) === index) return [];
        const message = `${JSON.stringify(name)} stands twice in this map, in another case: remove one of the two`;
        return { path: [...path, name], message };
      });
    },
  );
}
