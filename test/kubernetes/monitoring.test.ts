import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { parse } from "yaml";
import { monitoringFiles } from "../../deploy/kubernetes/src/files.ts";
import { ruleFiles } from "../../prometheus/src/files.ts";
import { assertInstalled as assertPrometheus, promtool } from "../prometheus/prometheus.ts";
import { assertInstalled, build, KUBERNETES, MONITORING } from "./kustomize.ts";
import { containerOf, deploymentsOf, ofKind, podLabels, type Service, selects } from "./manifest.ts";

/** Which Deployments are collected as which job: what rules and dashboards go by. */
const JOBS = {
  "ab-proxy": ["proxy"],
  "sentiment-worker": ["worker-distilbert", "worker-roberta"],
  "ab-judge": ["judge"],
};

before(assertInstalled);
before(assertPrometheus);

const monitorsOf = () => ofKind(build(MONITORING), "ServiceMonitor") as unknown as readonly IServiceMonitor[];
const rulesOf = () => ofKind(build(MONITORING), "PrometheusRule") as unknown as readonly IPrometheusRule[];

test("the files are what the generator writes, to the last byte", () => {
  for (const { path, text } of monitoringFiles()) {
    const isSame = readFileSync(join(KUBERNETES, MONITORING, path), "utf8") === text;
    assert.ok(isSame, `${path} is not what deploy/kubernetes/src writes: npm run generate`);
  }
});

test("they keep to Prometheus Operator's own schemas", () => {
  // Unknown fields are refused where they are written: their types are generated from the operator's source.
  for (const monitor of monitorsOf()) new ServiceMonitor(monitor).validate();
  for (const rule of rulesOf()) new PrometheusRule(rule).validate();
  const [rule] = rulesOf();
  assert.ok(rule !== undefined);
  const wrong = {
    ...rule,
    spec: { groups: [{ name: "x", rules: [{ alert: "A", expr: "up", for: "soon" }] }] },
  };
  assert.throws(() => new PrometheusRule(wrong).validate(), /for/);
});

test("promtool accepts the rules as they come out of the object", async (t) => {
  const [rule, ...others] = rulesOf();
  assert.deepEqual(others, []);
  const groups = rule?.spec.groups ?? [];
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-kubernetes-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "rules.json");
  await writeFile(file, JSON.stringify({ groups }));
  const { status, said } = promtool(["check", "rules", file]);
  assert.equal(status, 0, said);
  assert.match(said, new RegExp(`SUCCESS: ${groups.flatMap(({ rules = [] }) => rules).length} rules found`));
});

test("every rule and alert of prometheus/ is there, unchanged and in its order", () => {
  const { groups = [] } = rulesOf()[0]?.spec ?? {};
  const shipped = ruleFiles({ timeScale: 1 }).flatMap(({ path }) => {
    const text = readFileSync(join(KUBERNETES, "../../prometheus", path), "utf8");
    return (parse(text) as { groups: { name: string; rules: unknown[] }[] }).groups;
  });
  assert.deepEqual(
    groups.map(({ name }) => name),
    shipped.map(({ name }) => `blindsplit-${name}`),
  );
  for (const [index, group] of groups.entries())
    assert.deepEqual(group, { ...shipped[index], name: group.name });
});

test("every pod is collected once, on the port that serves /metrics, under the job that the rules know", () => {
  const manifests = build("base");
  const collected = monitorsOf().flatMap(({ spec }) =>
    spec.endpoints.flatMap((endpoint) => {
      const job = endpoint.relabelings?.find(({ targetLabel }) => targetLabel === "job")?.replacement ?? "";
      return ofKind<Service>(manifests, "Service")
        .filter(({ metadata }) => selects(spec.selector, metadata.labels ?? {}))
        .flatMap((service) =>
          service.spec.ports.filter(({ name }) => name === endpoint.port).map(() => service),
        )
        .flatMap((service) =>
          deploymentsOf(manifests)
            .filter((deployment) => selects({ matchLabels: service.spec.selector }, podLabels(deployment)))
            .map((deployment) => [job, deployment.metadata.name] as const),
        );
    }),
  );
  const byJob = Object.groupBy(collected, ([job]) => job);
  assert.deepEqual(
    Object.fromEntries(Object.entries(byJob).map(([job, pods]) => [job, pods?.map(([, name]) => name)])),
    JOBS,
  );
  const shipped = readFileSync(join(KUBERNETES, "../../prometheus/prometheus.yml"), "utf8");
  for (const job of Object.keys(JOBS)) assert.ok(shipped.includes(`job_name: ${job}`), job);
  for (const deployment of deploymentsOf(manifests)) assert.ok(containerOf(deployment).ports.length > 0);
});
