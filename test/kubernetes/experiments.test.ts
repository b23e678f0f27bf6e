import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { parseOptions as readJudge } from "../../analysis/src/judge/options.ts";
import { parseConfig } from "../../proxy/src/config/load.ts";
import { readCommand, type WorkerOptions } from "../../worker/src/options.ts";
import { assertInstalled, build, OVERLAYS } from "./kustomize.ts";
import {
  containerOf,
  type Deployment,
  deploymentsOf,
  isWorker,
  type Manifest,
  named,
  podOf,
  type Service,
} from "./manifest.ts";

const ROOT = join(import.meta.dirname, "../..");
const SALT = "0123456789abcdef";
/** Where the repository's folders are in an image. */
const IMAGE_ROOT = "/app";
/** What each overlay says of the weights; the rest of the experiment is that of the base. */
const WEIGHTS: Readonly<Record<(typeof OVERLAYS)[number], readonly number[]>> = {
  base: [50, 50],
  "overlays/canary": [90, 10],
  "overlays/blue-green/blue": [100, 0],
  "overlays/blue-green/green": [0, 100],
  "overlays/full-size": [50, 50],
};
/** A worker's own end after SIGTERM, see worker/src/main.ts. */
const WORKER_STOP_SECONDS = 4.8;
/** What `docker stop` gives the judge of deploy/compose.yaml, which is enough. */
const JUDGE_STOP_SECONDS = 10;
/** How long CoreDNS may keep an answer with the Corefile that Kubernetes documents. */
const DNS_CACHE_SECONDS = 30;

before(assertInstalled);

async function written(t: TestContext, name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-kubernetes-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** Those that the pod sets itself, without the secrets. */
function environmentOf(deployment: Deployment): Record<string, string> {
  const { env = [] } = containerOf(deployment);
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

function experimentOf(manifests: readonly Manifest[]): string {
  const { data } = named(manifests, "ConfigMap", "experiment");
  return data?.["experiment.yaml"] ?? assert.fail("the ConfigMap has no experiment.yaml");
}

const load = (manifests: readonly Manifest[]) =>
  parseConfig(experimentOf(manifests), "experiment.yaml", {}, { BLINDSPLIT_SALT: SALT }).config;

function readWorker(file: string, environment: Readonly<Record<string, string>>): WorkerOptions {
  const command = readCommand(["--config", file], { environment, workingDirectory: ROOT });
  return command.kind === "serve" ? command.options : assert.fail(command.kind);
}

const portsOf = (deployment: Deployment) =>
  containerOf(deployment).ports.map(({ containerPort }) => containerPort);

for (const overlay of OVERLAYS)
  test(overlay, async (t) => {
    const manifests = build(overlay);
    const config = load(manifests);
    await t.test("`blindsplit check` accepts the experiment", async (t) => {
      const file = await written(t, "experiment.yaml", experimentOf(manifests));
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(ROOT, "proxy/src/main.ts"), "check", file],
        { env: { BLINDSPLIT_SALT: SALT }, encoding: "utf8" },
      );
      assert.equal(status, 0, `${stdout}${stderr}`);
    });

    await t.test(
      `its weights are ${WEIGHTS[overlay].join("/")}, and nothing else differs from the base`,
      () => {
        assert.deepEqual(
          config.variants.map(({ weight }) => weight),
          WEIGHTS[overlay],
        );
        const unweighted = ({ variants, ...rest }: typeof config) => ({
          ...rest,
          variants: variants.map(({ weight: _, ...variant }) => variant),
        });
        assert.deepEqual(unweighted(config), unweighted(load(build("base"))));
      },
    );

    await t.test("every upstream is the Service of a worker that has the variant's name", () => {
      assert.deepEqual(
        config.variants.map(({ name }) => `worker-${name}`),
        deploymentsOf(manifests)
          .filter(isWorker)
          .map(({ metadata }) => metadata.name),
      );
      for (const { name, upstreams } of config.variants) {
        const service = named<Service>(manifests, "Service", `worker-${name}`);
        for (const { url } of upstreams) {
          const { hostname, port } = new URL(url);
          assert.equal(hostname, service.metadata.name);
          assert.deepEqual(
            service.spec.ports.map((one) => String(one.port)),
            [port],
          );
        }
      }
    });

    await t.test("gateways find the judge by its Service, and the judge finds every gateway", () => {
      const { judge, admin } = config;
      const judgeUrl = new URL(judge.url ?? "");
      const service = named<Service>(manifests, "Service", judgeUrl.hostname);
      assert.deepEqual(
        service.spec.ports.map(({ port }) => String(port)),
        [judgeUrl.port],
      );
      const own = named<Deployment>(manifests, "Deployment", "judge");
      assert.deepEqual(portsOf(own), [judge.port]);
      const options = readJudge(["--config", "any"], environmentOf(own));
      assert.ok(options.kind === "run");
      assert.equal(options.overrides.host, "0.0.0.0");
      const { state = "" } = options.overrides;
      assert.ok(containerOf(own).volumeMounts.some(({ mountPath }) => dirname(state) === mountPath));

      assert.deepEqual(judge.gateways, admin.replicas);
      for (const url of judge.gateways) {
        const { hostname, port } = new URL(url);
        const { spec } = named<Service>(manifests, "Service", hostname);
        assert.equal(spec.clusterIP, "None", "the name leads to all of them");
        assert.deepEqual([port], [String(config.admin.port)]);
      }
    });

    await t.test("outcome tokens are given where the Secret has a secret for them, and only there", () => {
      const { env = [] } = containerOf(named<Deployment>(manifests, "Deployment", "proxy"));
      const secret = env.find(({ name }) => name === "BLINDSPLIT_OUTCOME_SECRET")?.valueFrom?.secretKeyRef;
      assert.deepEqual(secret, { name: "blindsplit", key: "outcome-secret", optional: true });
      assert.equal(config.outcomes, undefined);
      const withSecret = { BLINDSPLIT_SALT: SALT, BLINDSPLIT_OUTCOME_SECRET: SALT };
      const { outcomes } = parseConfig(experimentOf(manifests), "experiment.yaml", {}, withSecret).config;
      assert.deepEqual(outcomes?.secrets, [SALT]);
    });

    const workers = overlay === "overlays/full-size" ? "config/workers/full-size" : "config/workers";
    await t.test(`each worker is told what ${workers} says, and listens on the pod's port`, async (t) => {
      for (const { name } of config.variants) {
        const deployment = named<Deployment>(manifests, "Deployment", `worker-${name}`);
        const text = named(manifests, "ConfigMap", `worker-${name}`).data?.["worker.yaml"] ?? "";
        const options = readWorker(await written(t, "worker.yaml", text), environmentOf(deployment));
        const { port, host, modelCache } = options;
        assert.deepEqual(portsOf(deployment), [port]);
        assert.equal(host, "0.0.0.0");
        if (options.model.kind === "hub")
          assert.ok(containerOf(deployment).volumeMounts.some(({ mountPath }) => mountPath === modelCache));

        const shipped = readWorker(join(ROOT, workers, `${name}.yaml`), {});
        const model =
          shipped.model.kind === "hub"
            ? shipped.model
            : { ...shipped.model, path: shipped.model.path.replace(ROOT, IMAGE_ROOT) };
        assert.deepEqual(options, { ...shipped, port, host, modelCache, model });
      }
    });

    await t.test("a pod that is asked to stop is given the time that it may take", () => {
      const { shutdown } = config;
      for (const deployment of deploymentsOf(manifests)) {
        const sleepSeconds = containerOf(deployment).lifecycle?.preStop?.sleep?.seconds ?? 0;
        const { name } = deployment.metadata;
        const stopSeconds = isWorker(deployment)
          ? WORKER_STOP_SECONDS
          : name === "judge"
            ? JUDGE_STOP_SECONDS
            : (shutdown.drainDelayMs + shutdown.deadlineMs) / 1000;
        assert.ok(
          podOf(deployment).terminationGracePeriodSeconds > sleepSeconds + stopSeconds,
          `${name}: ${sleepSeconds} s + ${stopSeconds} s`,
        );
      }
    });

    await t.test("a worker serves until no gateway knows its address any more", () => {
      const forgottenSeconds = DNS_CACHE_SECONDS + config.upstream.dnsRefreshMs / 1000;
      for (const deployment of deploymentsOf(manifests).filter(isWorker)) {
        const sleepSeconds = containerOf(deployment).lifecycle?.preStop?.sleep?.seconds ?? 0;
        assert.ok(sleepSeconds > forgottenSeconds, `${deployment.metadata.name}: ${sleepSeconds} s`);
      }
    });
  });
