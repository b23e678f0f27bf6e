import assert from "node:assert/strict";
import { before, test } from "node:test";
import { stringify } from "yaml";
import { parseOptions } from "../../analysis/src/report/options.ts";
import { assertInstalled, build, MONITORING } from "./kustomize.ts";
import { type CronJob, type Deployment, named } from "./manifest.ts";
import { prepareSchemas, validate } from "./schemas.ts";

before(assertInstalled);
before(prepareSchemas);

const nightly = () => named<CronJob>(build(MONITORING), "CronJob", "nightly-report");
const podOf = ({ spec }: CronJob) => spec.jobTemplate.spec.template.spec;

for (const version of ["1.30", "1.37"])
  test(`the nightly report keeps to the schemas of Kubernetes ${version}`, () => {
    const { passed, complaints } = validate(stringify(nightly(), { aliasDuplicateObjects: false }), version);
    assert.deepEqual(complaints, []);
    assert.deepEqual(passed, ["cronjob/nightly-report"]);
  });

test("it sends once a day, one at a time, with an end to every try", () => {
  const { spec } = nightly();
  assert.match(spec.schedule, /^\d+ \d+ \* \* \*$/);
  assert.equal(spec.timeZone, "Etc/UTC");
  assert.equal(spec.concurrencyPolicy, "Forbid");
  assert.ok(spec.startingDeadlineSeconds < 24 * 3_600);
  assert.ok(spec.successfulJobsHistoryLimit > 0 && spec.failedJobsHistoryLimit > 0);
  const { backoffLimit, activeDeadlineSeconds } = spec.jobTemplate.spec;
  assert.ok(backoffLimit > 0 && activeDeadlineSeconds < 3_600);
  assert.equal(podOf(nightly()).restartPolicy, "Never");
});

test("its command is one that the program knows, with the experiment of the gateways", () => {
  const { containers, volumes } = podOf(nightly());
  const [{ command, env = [], volumeMounts, image }] = containers;
  const [node, program, report, ...argv] = command ?? [];
  assert.deepEqual([node, program, report], ["node", "/app/analysis/src/main.ts", "report"]);
  const options = parseOptions(argv, Object.fromEntries(env.map(({ name, value }) => [name, value])));
  const alertmanager = new URL(options?.alertmanager ?? "");
  assert.equal(alertmanager.port, "9093");
  assert.deepEqual(options?.place, { kind: "any" });

  const [judge] = named<Deployment>(build("base"), "Deployment", "judge").spec.template.spec.containers;
  assert.equal(image, judge.image);
  const settings = (names: readonly string[], all: typeof env) =>
    all.filter(({ name }) => names.includes(name));
  const shared = ["BLINDSPLIT_CONFIG", "BLINDSPLIT_SALT"];
  assert.deepEqual(settings(shared, env), settings(shared, judge.env ?? []));
  assert.deepEqual(
    volumeMounts,
    judge.volumeMounts.filter(({ name }) => name === "experiment"),
  );
  assert.deepEqual(volumes, [{ name: "experiment", configMap: { name: "experiment" } }]);
});

test("its pod keeps to the restricted Pod Security Standard, with a read-only root", () => {
  const { containers, automountServiceAccountToken, enableServiceLinks, securityContext } = podOf(nightly());
  assert.equal(automountServiceAccountToken, false);
  assert.equal(enableServiceLinks, false);
  assert.equal(securityContext.runAsNonRoot, true);
  assert.ok((securityContext.runAsUser ?? 0) > 0);
  assert.equal(securityContext.seccompProfile?.type, "RuntimeDefault");
  assert.deepEqual(containers[0].securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  assert.ok("memory" in containers[0].resources.limits);
});
