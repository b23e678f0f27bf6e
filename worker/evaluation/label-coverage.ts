import { CommandError } from "./command-error.ts";
import type { Row } from "./dataset.ts";

/** The label names of this project's task; data may hold any of them, whichever of them a model knows. */
const CANONICAL = ["negative", "neutral", "positive"] as const;

/** Canonical names first and in their natural order, others after them by name. */
export function orderLabels(labels: Iterable<string>): string[] {
  const rank = (label: string) => {
    const position = (CANONICAL as readonly string[]).indexOf(label);
    return position < 0 ? CANONICAL.length : position;
  };
  return [...new Set(labels)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/**
 * Labels of the data that the model can never say. A name that belongs neither to the task nor to the model is a
 * mistake in the file, not a property of the model, and ends the evaluation.
 */
export function missingLabels(rows: readonly Row[], modelLabels: readonly string[], file: string): string[] {
  const known = new Set<string>([...modelLabels, ...CANONICAL]);
  const stranger = rows.find((row) => !known.has(row.label));
  if (stranger !== undefined) {
    throw new CommandError(
      "data_label_unknown",
      `${file}:${stranger.line} has the label "${shown(stranger.label)}", which the model does not know; it says ` +
        `${modelLabels.join(", ")}. Rename the label in the file, or evaluate a model that has it`,
    );
  }
  const missing = orderLabels(rows.map((row) => row.label)).filter((label) => !modelLabels.includes(label));
  if (rows.every((row) => missing.includes(row.label))) {
    throw new CommandError(
      "data_labels_disjoint",
      `${file} holds only ${missing.join(", ")}, and the model says only ${modelLabels.join(", ")}: nothing to compare`,
    );
  }
  return missing;
}

function shown(label: string): string {
  return label.length <= 40 ? label : `${label.slice(0, 39)}…`;
}
