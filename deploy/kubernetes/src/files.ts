import { Document } from "yaml";
import type { RuleOptions } from "../../../prometheus/src/files.ts";
import { prometheusRule } from "./prometheus-rule.ts";
import { serviceMonitors } from "./service-monitors.ts";

export interface MonitoringFile {
  /** Below deploy/kubernetes/monitoring. */
  readonly path: string;
  readonly text: string;
}

/** What Prometheus Operator is given; the rules are those of prometheus/ at their nominal windows. */
export function monitoringFiles({ runbooks }: Pick<RuleOptions, "runbooks"> = {}): readonly MonitoringFile[] {
  const rule = prometheusRule({ timeScale: 1, ...(runbooks !== undefined && { runbooks }) });
  return [
    { path: "service-monitors.yaml", text: textOf(serviceMonitors()) },
    { path: "prometheus-rule.yaml", text: textOf([rule]) },
  ];
}

function textOf(objects: readonly unknown[]): string {
  const documents = objects.map((object) =>
    new Document(object, { aliasDuplicateObjects: false }).toString({ lineWidth: 0, blockQuote: "literal" }),
  );
  return `# Written by \`npm run generate\` from deploy/kubernetes/src; changes belong there.\n${documents.join("---\n")}`;
}
