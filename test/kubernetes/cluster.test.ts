import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { isOfPage } from "../../proxy/src/admin/page-routes.ts";
import { parseConfig } from "../../proxy/src/config/load.ts";
import { readmeText, writeCluster } from "./cluster.ts";
import { assertInstalled, build, KUBERNETES } from "./kustomize.ts";
import {
  type CronJob,
  containerOf,
  type Deployment,
  deploymentsOf,
  type Manifest,
  named,
  ofKind,
  podLabels,
  type Service,
  selects,
} from "./manifest.ts";
import { prepareSchemas, validate } from "./schemas.ts";

const NEWEST = "1.37";
const SECRETS = { BLINDSPLIT_SALT: "0123456789abcdef", BLINDSPLIT_ADMIN_TOKEN: "fedcba9876543210" };

interface Ingress extends Manifest {
  readonly spec: {
    readonly rules: readonly {
      readonly host: string;
      readonly http: {
        readonly paths: readonly {
          readonly path: string;
          readonly pathType: string;
          readonly backend: {
            readonly service: { readonly name: string; readonly port: { readonly name: string } };
          };
        }[];
      };
    }[];
  };
}

function nightlyOf(manifests: readonly Manifest[]) {
  const { spec } = named<CronJob>(manifests, "CronJob", "nightly-report");
  return spec.jobTemplate.spec.template.spec.containers[0];
}

before(assertInstalled);
before(prepareSchemas);

test("what README.md applies first is in one namespace and pulls exactly the images that it pushed", async (t) => {
  const manifests = build(await writeCluster(t, "first"));
  for (const { kind, metadata } of manifests)
    assert.equal(metadata.namespace, "blindsplit", `${kind}/${metadata.name}`);
  const pushed = [...readmeText().matchAll(/docker push (\S+)/g)].map(([, image]) => image);
  assert.deepEqual(
    new Set(deploymentsOf(manifests).map((deployment) => containerOf(deployment).image)),
    new Set(pushed),
  );
  assert.ok(pushed.includes(nightlyOf(manifests).image));
  const ours = [...build("base"), ...build("monitoring")].map(
    ({ kind, metadata }) => `${kind}/${metadata.name}`,
  );
  assert.deepEqual(new Set(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)), new Set(ours));
});

test("no command of a README applies a folder of ours, whose images are in nobody's registry", () => {
  for (const readme of ["deploy/README.md", "README.md"])
    assert.doesNotMatch(
      readFileSync(join(KUBERNETES, "../..", readme), "utf8"),
      /apply.* -k \S*deploy\/kubernetes/,
      readme,
    );
});

test("an admin token reaches the gateway, the judge and the report, and Prometheus sends it to none but them", async (t) => {
  const manifests = build(await writeCluster(t, "watched"));
  const reference = { name: "blindsplit", key: "admin-token" };
  for (const deployment of deploymentsOf(manifests)) {
    const { env = [], name } = containerOf(deployment);
    const token = env.find((one) => one.name === "BLINDSPLIT_ADMIN_TOKEN")?.valueFrom?.secretKeyRef;
    assert.deepEqual(token, name === "worker" ? undefined : reference);
  }
  const { env = [] } = nightlyOf(manifests);
  assert.deepEqual(env.at(-1), { name: "BLINDSPLIT_ADMIN_TOKEN", valueFrom: { secretKeyRef: reference } });
  const monitors = ofKind(manifests, "ServiceMonitor") as unknown as readonly IServiceMonitor[];
  for (const monitor of monitors) new ServiceMonitor(monitor).validate();
  assert.deepEqual(
    new Map(
      monitors.map(({ metadata, spec }) => [metadata?.name, spec.endpoints.map((one) => one.authorization)]),
    ),
    new Map([
      ["blindsplit-judge", [{ credentials: reference }]],
      ["blindsplit-proxy", [{ credentials: reference }]],
      ["blindsplit-worker", [undefined]],
    ]),
  );
});

test("watchers are led to the masked page and nothing else, by a name that the gateway accepts", async (t) => {
  const manifests = build(await writeCluster(t, "watched"));
  const text = named(manifests, "ConfigMap", "experiment").data?.["experiment.yaml"] ?? "";
  const { config } = parseConfig(text, "experiment.yaml", {}, SECRETS);
  assert.equal(config.admin.page, "masked");
  assert.equal(config.admin.token, SECRETS.BLINDSPLIT_ADMIN_TOKEN);

  const { rules } = named<Ingress>(manifests, "Ingress", "watchers").spec;
  assert.deepEqual(
    rules.map(({ host }) => host),
    config.admin.hosts,
  );
  const gateway = named<Deployment>(manifests, "Deployment", "proxy");
  for (const { path, pathType, backend } of rules.flatMap(({ http }) => http.paths)) {
    assert.ok(pathType === "Exact" || (pathType === "Prefix" && path !== "/"), `${pathType} ${path}`);
    assert.ok(isOfPage(pathType === "Exact" ? path : `${path}/snapshot`, "masked"), path);
    const { spec } = named<Service>(manifests, "Service", backend.service.name);
    assert.ok(selects({ matchLabels: spec.selector }, podLabels(gateway)));
    const { targetPort } = spec.ports.find(({ name }) => name === backend.service.port.name) ?? {};
    const port = containerOf(gateway).ports.find(({ name }) => name === targetPort)?.containerPort;
    assert.equal(port, config.admin.port);
  }
});

test("what README.md gives to watchers keeps to the schemas", async (t) => {
  const folder = await writeCluster(t, "watched");
  const { passed, complaints } = validate(readFileSync(join(folder, "watchers.yaml"), "utf8"), NEWEST);
  assert.deepEqual(complaints, []);
  assert.equal(passed.length, 3);
});
