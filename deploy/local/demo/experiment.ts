import { CommandError } from "../../../worker/evaluation/command-error.ts";

/** What the demo needs of the gateway's running configuration. */
export interface Experiment {
  readonly name: string;
  /** Request header that carries the user's id. */
  readonly header: string;
  /** In file order. */
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly name: string;
  /** 0 to 100. */
  readonly weight: number;
  /** Origins of its workers, without a path: metrics live at the root whatever path prefix requests get. */
  readonly workers: readonly string[];
}

/** Reads the answer of `GET /config`: the running configuration stands under `config`, beside its hash and history. */
export function parseExperiment(answer: unknown, source: string): Experiment {
  const config = field(answer, "config");
  const variants = field(config, "variants");
  if (!Array.isArray(variants)) throw notAnAnswer(source, "it lists no variants");
  const experiment = field(field(config, "experiment"), "name");
  const header = field(field(config, "identity"), "header");
  return {
    name: typeof experiment === "string" ? experiment : "experiment",
    header: typeof header === "string" ? header : "x-user-id",
    variants: variants.map((variant: unknown) => parseVariant(variant, source)),
  };
}

function parseVariant(variant: unknown, source: string): Variant {
  const name = field(variant, "name");
  const weight = field(variant, "weight");
  const upstreams = field(variant, "upstreams");
  if (typeof name !== "string" || typeof weight !== "number" || !Array.isArray(upstreams)) {
    throw notAnAnswer(source, "a variant lacks its name, weight or upstreams");
  }
  const origins = upstreams.map((url: unknown) => {
    if (typeof url !== "string" || !URL.canParse(url))
      throw notAnAnswer(source, `an upstream of ${name} is no URL`);
    return new URL(url).origin;
  });
  return { name, weight, workers: [...new Set(origins)] };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function notAnAnswer(source: string, flaw: string): CommandError {
  return new CommandError(
    "admin_unexpected",
    `${source} is not the configuration of a blindsplit gateway (${flaw}): name its admin listener with --admin`,
  );
}
