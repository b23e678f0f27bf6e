import { createPathJudge } from "../blind/paths.ts";
import type { ExposureSettings } from "../config/analysis-config.ts";

/** Whether a request counts for the experiment. The target is in origin form. */
export type CountsAsExposure = (method: string, target: string) => boolean;

/** Undefined where every request counts. */
export function createExposureRule({ methods, paths }: ExposureSettings): CountsAsExposure | undefined {
  if (methods === undefined && paths === undefined) return undefined;
  const counted = methods && new Set(methods);
  // Whatever spelling a server takes for the path: the variants see the same requests, so that none of them gains by it.
  const judge = paths && createPathJudge(paths);
  return (method, target) =>
    (counted === undefined || counted.has(method)) && (judge === undefined || judge(target) === "hidden");
}
