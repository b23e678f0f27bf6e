import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertInstalled, build, OVERLAYS } from "./kustomize.ts";
import {
  containerOf,
  type Deployment,
  deploymentsOf,
  isScaled,
  isWorker,
  type Manifest,
  named,
  ofKind,
  podLabels,
  podOf,
  type Selector,
  type Service,
  selects,
} from "./manifest.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The only keys of the Secret that may be missing are those that a pod marks as optional. */
const SECRET = "blindsplit";
/** What Kubernetes takes where a manifest says nothing. */
const PROGRESS_DEADLINE_SECONDS = 600;
const PROBE_TIMEOUT_SECONDS = 1;
/** Containers whose program is in the image of another. */
const IMAGES: Readonly<Record<string, string>> = { judge: "proxy" };

before(assertInstalled);

interface Autoscaler extends Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas: number;
    readonly maxReplicas: number;
  };
}

interface Budget extends Manifest {
  readonly spec: { readonly selector?: Selector; readonly maxUnavailable: number };
}

for (const overlay of OVERLAYS)
  test(overlay, async (t) => {
    const manifests = build(overlay);
    await t.test("a gateway, a judge and a worker for each variant, no two objects of one name", () => {
      const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      assert.equal(new Set(names).size, names.length, names.join("\n"));
      assert.deepEqual(
        deploymentsOf(manifests).map(({ metadata }) => metadata.name),
        ["judge", "proxy", "worker-distilbert", "worker-roberta"],
      );
      for (const manifest of manifests)
        assert.ok(!("namespace" in manifest.metadata), manifest.metadata.name);
    });

    await t.test("every selector finds the pods of exactly one Deployment", () => {
      const deployments = deploymentsOf(manifests);
      const found = (selector: Selector | undefined) =>
        deployments
          .filter((deployment) => selects(selector, podLabels(deployment)))
          .map(({ metadata }) => metadata.name);
      for (const deployment of deployments) {
        const { name } = deployment.metadata;
        assert.deepEqual(found(deployment.spec.selector), [name]);
        for (const { labelSelector } of podOf(deployment).topologySpreadConstraints ?? [])
          assert.deepEqual(found(labelSelector), [name]);
      }
      for (const { metadata, spec } of ofKind<Service>(manifests, "Service"))
        assert.deepEqual(found({ matchLabels: spec.selector }), [metadata.name.replace(/-admin$/, "")]);
      const budgets = ofKind<Budget>(manifests, "PodDisruptionBudget");
      assert.deepEqual(
        budgets.flatMap(({ spec }) => found(spec.selector)),
        deployments.filter(isScaled).map(({ metadata }) => metadata.name),
      );
    });

    await t.test("one judge decides, and the old one is gone before a new one comes", () => {
      const { spec } = named<Deployment>(manifests, "Deployment", "judge");
      assert.equal(spec.replicas, 1);
      assert.deepEqual(spec.strategy, { type: "Recreate" });
    });

    await t.test("each other Deployment is scaled by one autoscaler, and leaves its replicas to it", () => {
      const scaled = deploymentsOf(manifests).filter(isScaled);
      const scalers = ofKind<Autoscaler>(manifests, "HorizontalPodAutoscaler");
      assert.deepEqual(
        scalers.map(({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`),
        scaled.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      );
      for (const { spec } of scalers) assert.ok(spec.minReplicas >= 2 && spec.maxReplicas > spec.minReplicas);
      for (const deployment of scaled) {
        assert.equal(deployment.spec.replicas, undefined);
        assert.ok("cpu" in containerOf(deployment).resources.requests, "utilisation is a share of a request");
      }
    });

    await t.test("Services and probes name ports that the container has", () => {
      for (const deployment of deploymentsOf(manifests)) {
        const container = containerOf(deployment);
        const ports = new Set(container.ports.map(({ name }) => name));
        for (const { spec } of ofKind<Service>(manifests, "Service"))
          if (selects({ matchLabels: spec.selector }, podLabels(deployment)))
            for (const { targetPort } of spec.ports) assert.ok(ports.has(targetPort), targetPort);
        for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe])
          assert.ok(ports.has(httpGet.port), httpGet.port);
      }
    });

    await t.test("a headless Service leads straight to the container's port", () => {
      for (const { metadata, spec } of ofKind<Service>(manifests, "Service")) {
        if (spec.clusterIP !== "None") continue;
        const name = metadata.name.replace(/-admin$/, "");
        const { ports } = containerOf(named<Deployment>(manifests, "Deployment", name));
        for (const { port, targetPort } of spec.ports)
          assert.equal(port, ports.find((one) => one.name === targetPort)?.containerPort, metadata.name);
      }
    });

    await t.test("what is mounted exists, whole and under its own name, so that a swap arrives", () => {
      for (const deployment of deploymentsOf(manifests)) {
        const container = containerOf(deployment);
        const { volumes } = podOf(deployment);
        assert.deepEqual(
          new Set(container.volumeMounts.map(({ name }) => name)),
          new Set(volumes.map(({ name }) => name)),
        );
        for (const mount of container.volumeMounts) assert.equal(mount.subPath, undefined, mount.name);
        for (const { configMap, persistentVolumeClaim } of volumes) {
          if (configMap) named(manifests, "ConfigMap", configMap.name);
          if (persistentVolumeClaim)
            named(manifests, "PersistentVolumeClaim", persistentVolumeClaim.claimName);
        }
        const config = container.env?.find(({ name }) => name === "BLINDSPLIT_CONFIG")?.value ?? "";
        const mount = container.volumeMounts.find(({ mountPath }) => config.startsWith(`${mountPath}/`));
        const volume = volumes.find(({ name }) => name === mount?.name);
        const { data = {} } = named(manifests, "ConfigMap", volume?.configMap?.name ?? "");
        assert.ok((data[config.slice((mount?.mountPath.length ?? 0) + 1)] ?? "") !== "", config);
      }
      // A suffix would be ten letters and digits: another name with every content.
      assert.deepEqual(
        ofKind(manifests, "ConfigMap").map(({ metadata }) => metadata.name),
        ["experiment", "worker-distilbert", "worker-roberta"],
      );
    });

    await t.test("images are those that deploy/ builds, and secrets come from one Secret", () => {
      for (const deployment of deploymentsOf(manifests)) {
        const { image, name, env = [] } = containerOf(deployment);
        const version = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string })
          .version;
        const tier = IMAGES[name] ?? name;
        assert.equal(image, `blindsplit/${tier}:${version}`);
        assert.ok(existsSync(join(ROOT, `deploy/${tier}.Dockerfile`)), name);
        for (const { valueFrom } of env)
          if (valueFrom?.secretKeyRef) assert.equal(valueFrom.secretKeyRef.name, SECRET);
      }
    });

    await t.test("probes ask for paths that README.md lists", () => {
      const endpoints = readFileSync(join(ROOT, "README.md"), "utf8").split("### Endpoints")[1] ?? "";
      for (const deployment of deploymentsOf(manifests)) {
        const { startupProbe, readinessProbe, livenessProbe } = containerOf(deployment);
        for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe])
          assert.ok(endpoints.includes(`\`GET ${httpGet.path}\``), httpGet.path);
        // Ready and alive are two questions: a busy process must not be restarted for being busy.
        assert.notEqual(readinessProbe.httpGet.path, livenessProbe.httpGet.path);
      }
    });

    await t.test(
      "a busy process has the time to answer a probe, and a slow start is not called a failed rollout",
      () => {
        for (const deployment of deploymentsOf(manifests)) {
          const { startupProbe, readinessProbe, livenessProbe } = containerOf(deployment);
          for (const { timeoutSeconds = PROBE_TIMEOUT_SECONDS } of [readinessProbe, livenessProbe])
            assert.ok(timeoutSeconds >= 3, `${deployment.metadata.name}: ${timeoutSeconds} s`);
          const { progressDeadlineSeconds = PROGRESS_DEADLINE_SECONDS } = deployment.spec;
          const startSeconds = startupProbe.periodSeconds * startupProbe.failureThreshold;
          assert.ok(
            progressDeadlineSeconds > startSeconds,
            `${deployment.metadata.name}: ${progressDeadlineSeconds} s for a start of ${startSeconds} s`,
          );
        }
      },
    );

    await t.test("pods keep to the restricted Pod Security Standard, with a read-only root", () => {
      for (const deployment of deploymentsOf(manifests)) {
        const pod = podOf(deployment);
        assert.equal(pod.automountServiceAccountToken, false);
        assert.equal(pod.enableServiceLinks, false);
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.ok((pod.securityContext.runAsUser ?? 0) > 0);
        assert.equal(pod.securityContext.seccompProfile?.type, "RuntimeDefault");
        assert.deepEqual(containerOf(deployment).securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        for (const volume of pod.volumes)
          assert.ok(volume.configMap ?? volume.persistentVolumeClaim, volume.name);
      }
    });

    await t.test("the workers of an experiment have equal resources", () => {
      const [one, ...others] = deploymentsOf(manifests)
        .filter(isWorker)
        .map((deployment) => containerOf(deployment).resources);
      assert.ok(one !== undefined && others.length > 0);
      for (const other of others) assert.deepEqual(other, one);
    });
  });
