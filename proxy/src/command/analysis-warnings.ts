import { createPathJudge } from "../blind/paths.ts";
import { outcomeOf } from "../config/analysis-rules.ts";
import type { Config } from "../config/config.ts";
import { formatDuration } from "../config/duration.ts";
import type { Remark } from "./warnings.ts";

/** Beyond these a test is sharpest for differences that hardly matter, or that hardly happen. */
const TAU_OF_MARGIN = { least: 0.2, most: 20 };

/** What of exposures, outcomes, analysis and judge is allowed and yet seldom meant. */
export function findAnalysisWarnings(config: Config): Remark[] {
  return [
    ...ofExposure(config),
    ...ofOutcomes(config),
    ...ofAnalysis(config),
    ...ofLooks(config),
    ...ofStop(config),
  ];
}

function ofExposure({ exposure }: Config): Remark[] {
  return (exposure.paths ?? []).flatMap((path, index) =>
    createPathJudge([path])(path) === "hidden"
      ? []
      : [
          {
            path: `exposure.paths[${index}]`,
            message:
              "is never met: paths are compared without dot segments, doubled slashes and dots at an end",
          },
        ],
  );
}

function ofOutcomes({ outcomes, admin, analysis }: Config): Remark[] {
  const used = [analysis.metric, ...analysis.secondary, ...analysis.guardrails.map(({ metric }) => metric)];
  if (outcomes === undefined) return ofNoOutcomes(used);
  const remarks: Remark[] = [];
  if (outcomes.maxAgeMs < analysis.maturityMs)
    remarks.push({
      path: "outcomes.max_age",
      message: `is ${formatDuration(outcomes.maxAgeMs)}, and truth may take ${formatDuration(analysis.maturityMs)} (analysis.maturity): what comes later is refused`,
    });
  if (admin.replicas.length > 0 && outcomes.duplicates.redis === undefined)
    remarks.push({
      path: "outcomes.duplicates.redis",
      message: "is not set: with several gateways, a report that comes twice at two of them counts twice",
    });
  if (used.includes("correct_ratio") && !outcomes.plain.includes("incorrect"))
    remarks.push({
      path: "outcomes.allowed",
      message: "has correct without incorrect: correct_ratio needs both to be a share",
    });
  return remarks;
}

function ofNoOutcomes(used: Config["analysis"]["secondary"]): Remark[] {
  const metrics = [...new Set(used.filter((metric) => outcomeOf(metric) !== undefined))];
  if (metrics.length === 0) return [];
  return [
    {
      path: "outcomes.secrets",
      message: `is empty: no answer carries a token, nobody can report an outcome, and ${metrics.join(", ")} (analysis) will never be known; set a secret, \`openssl rand -base64 32\``,
    },
  ];
}

function ofAnalysis({ analysis }: Config): Remark[] {
  const { margin, tau, guardrails } = analysis;
  const remarks: Remark[] = [];
  if (margin === 0)
    remarks.push({
      path: "analysis.margin",
      message: "is 0: that two variants are equally good can never be found, and any difference counts",
    });
  else if (tau < margin * TAU_OF_MARGIN.least || tau > margin * TAU_OF_MARGIN.most)
    remarks.push({
      path: "analysis.tau",
      message: `is ${tau}, and the margin ${margin}: the test is sharpest for differences of the size of tau; set it near the smallest that matters`,
    });
  for (const [index, guardrail] of guardrails.entries())
    if (guardrail.margin === 0)
      remarks.push({
        path: `analysis.guardrails[${index}].margin`,
        message: `is 0: ${guardrail.metric} may not get worse by anything at all`,
      });
  return remarks;
}

function ofLooks({ analysis, judge }: Config): Remark[] {
  const { horizonMs, maturityMs, plannedLooks } = analysis;
  const remarks: Remark[] = [];
  if (horizonMs <= maturityMs)
    remarks.push({
      path: "analysis.horizon",
      message: `is ${formatDuration(horizonMs)}, and truth may take ${formatDuration(maturityMs)} (analysis.maturity): it ends before there is any`,
    });
  if (plannedLooks !== undefined && horizonMs / plannedLooks < judge.stepMs)
    remarks.push({
      path: "analysis.planned_looks",
      message: `is ${plannedLooks} within ${formatDuration(horizonMs)}: the judge looks every ${formatDuration(judge.stepMs)} only (judge.step)`,
    });
  return remarks;
}

function ofStop({ experiment, judge, admin }: Config): Remark[] {
  if (judge.stop === "off") return [];
  const remarks: Remark[] = [];
  if (experiment.salt === "")
    remarks.push({
      path: "judge.stop",
      message: `is ${judge.stop} without experiment.salt: whoever chooses its id can fail on purpose at a variant of its choice, until that is stopped`,
    });
  if (judge.stop === "on" && judge.stopFile === undefined)
    remarks.push({
      path: "judge.stop_file",
      message:
        "is not set: a gateway that starts while the judge is away sends users to a stopped variant until it is back",
    });
  if (admin.token === undefined)
    remarks.push({
      path: "admin.token",
      message:
        "is not set: without it, whoever knows experiment.salt and the names can tell which variant is meant by the letters that the judge publishes",
    });
  return remarks;
}
