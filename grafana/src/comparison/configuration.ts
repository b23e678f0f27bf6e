import { NoUnit, PercentUnit, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showTable } from "../panel/table.ts";
import { drawTimeline } from "../panel/timeline.ts";
import { byModel, OF_EXPERIMENT, OF_MODELS, one } from "../query.ts";
import type { Row } from "../row.ts";

/** When what was changed. */
export const configuration: Row = {
  id: 700,
  title: "Configuration",
  panels: [
    drawLines({
      title: "Weights",
      description:
        "The configured share of each variant. Counts from before and after a step do not belong into one average.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      draw: "steps",
      queries: byModel(`max by (model_version) (ab_variant_weight_ratio{${OF_EXPERIMENT},${OF_MODELS}})`),
    }),
    drawTimeline({
      title: "Configuration of each gateway",
      description:
        "Which configuration (the start of its hash) which gateway ran, and when. Two at the same time are replicas that disagree: the same user may meet different models.",
      unit: NoUnit,
      queries: [
        one(
          "hash",
          "max by (instance, config_hash, config_version) (ab_config_info)",
          "{{instance}} {{config_hash}}",
        ),
      ],
    }),
    drawLines({
      title: "Reloads",
      description:
        "Attempts to take over a changed file, in each step. Rejected: the file has mistakes, and the old configuration goes on.",
      unit: Short,
      min: 0,
      draw: "bars",
      stack: "normal",
      colors: { swapped: COLORS.quiet, unchanged: COLORS.neutral, rejected: COLORS.alarm },
      queries: [
        one("reloads", "sum by (result) (increase(ab_config_reloads_total[$__rate_interval]))", "{{result}}"),
      ],
    }),
    showTable({
      title: "Models",
      description:
        "Which weights answer: the revision is the beginning of the graph file's SHA-256. Two rows for one model are replicas with different weights.",
      unit: NoUnit,
      width: 24,
      height: 5,
      columns: {
        model_version: "Variant",
        model_name: "Model",
        revision: "Revision",
        dtype: "Precision",
        runtime: "Runtime",
        labels: "Labels",
      },
      queries: [
        one(
          "models",
          `max by (model_version, model_name, revision, dtype, runtime, labels) (model_info{${OF_MODELS}})`,
          "{{model_version}}",
        ),
      ],
    }),
  ],
};
