import { WorkerError } from "../errors.ts";

/** Written as `sentiment_label="none"` where there is no prediction, so no label may have this name. */
export const NO_LABEL = "none";

export interface Labels {
  /** Canonical names in the order of the model's logits: lower case unless configured, because case would tell the variant. */
  readonly canonical: readonly string[];
  /** The model's own names, same order. */
  readonly raw: readonly string[];
}

/**
 * @param id2label `id2label` of the model's config.json: index as text → raw label.
 * @param overrides raw label → canonical label, from the configuration.
 * @throws WorkerError `model_unsupported` when the result is not a closed set of distinct labels.
 */
export function readLabels(
  id2label: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>>,
): Labels {
  const count = Object.keys(id2label).length;
  const raw: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const label = id2label[String(index)];
    if (label === undefined) {
      throw unsupported(`id2label has ${count} labels but none for index ${index}`, "number them from 0");
    }
    raw.push(label);
  }
  if (count < 2) {
    throw unsupported(
      `the model has ${count} label(s)`,
      "a classification has two or more; set task: text-regression if it answers one number",
    );
  }
  const unknown = Object.keys(overrides).filter((label) => !raw.includes(label));
  if (unknown.length > 0) {
    throw unsupported(
      `labels renames ${quote(unknown)}, which the model does not have`,
      `its raw labels are ${quote(raw)}`,
    );
  }
  // What is written in the configuration is meant as it is; the model's own names differ between models in their case.
  const canonical = raw.map((label) =>
    Object.hasOwn(overrides, label) ? (overrides[label] ?? label).trim() : label.trim().toLowerCase(),
  );
  const doubtful = canonical.filter(
    (label, index) => label === "" || label === NO_LABEL || canonical.indexOf(label) !== index,
  );
  if (doubtful.length > 0) {
    throw unsupported(
      `the labels ${quote(canonical)} are not usable: empty, repeated or "${NO_LABEL}"`,
      "give each raw label its own name with the option labels",
    );
  }
  return { canonical, raw };
}

function unsupported(problem: string, remedy: string): WorkerError {
  return new WorkerError("model_unsupported", `${problem}; ${remedy}`);
}

function quote(labels: readonly string[]): string {
  return labels.map((label) => JSON.stringify(label)).join(", ");
}
