import assert from "node:assert/strict";
import { before, test } from "node:test";

import { assertInstalled, build } from "../kubernetes/kustomize.ts";
import { containerOf, podOf } from "../kubernetes/manifest.ts";
import { until } from "../load/support/crowd.ts";
import { assertDocker, docker } from "./docker.ts";
import { type Pod, startPods, succeeds } from "./pods.ts";
import { Stack } from "./stack.ts";

const REPLICAS = 2;
const USERS = 40;
const RELOAD_LIMIT_MS = 30_000;

before(assertDocker);
before(assertInstalled);

async function predict(gateway: Pod, user: string): Promise<string> {
  const answer = await fetch(`${gateway.url("http")}/predict`, {
    method: "POST",
    headers: { "x-user-id": user, "content-type": "application/json" },
    body: JSON.stringify({ text: "I expected more, but the ending made up for it." }),
  });
  const body = await answer.text();
  assert.equal(answer.status, 200, body);
  return body;
}

const predictAll = (gateway: Pod) =>
  Promise.all(Array.from({ length: USERS }, (_, user) => predict(gateway, `user-${user}`)));

async function ask<T>(gateway: Pod, path: string): Promise<T> {
  return (await (await fetch(`${gateway.url("admin")}${path}`)).json()) as T;
}

test("the pods of deploy/kubernetes/base run as they are written, and two gateways are as one", async (t) => {
  const stack = await Stack.create();
  t.after(() => stack.remove());
  await stack.compose("build");
  const manifests = build("base");
  const { pods, configMaps } = await startPods(t, manifests, { replicas: REPLICAS, tag: stack.project });
  const gateways = pods.filter(({ deployment }) => deployment.metadata.name === "proxy");
  const [one, other] = gateways;
  assert.ok(one !== undefined && other !== undefined && gateways.length === REPLICAS);

  await t.test("every probe succeeds within the time that the kubelet gives it", async () => {
    for (const pod of pods) {
      const { startupProbe, readinessProbe, livenessProbe } = containerOf(pod.deployment);
      for (const probe of [startupProbe, readinessProbe, livenessProbe]) await succeeds(pod, probe);
    }
  });

  await t.test("a gateway sees every pod behind a worker's name", async () => {
    for (const gateway of gateways) {
      // A worker that was asked too early is asked again only after a while.
      await until(
        async () => {
          const upstreams = await ask<Record<string, { addresses: string[]; healthy: boolean }[]>>(
            gateway,
            "/upstreams",
          );
          return Object.values(upstreams)
            .flat()
            .every(({ addresses, healthy }) => addresses.length === REPLICAS && healthy);
        },
        `${REPLICAS} healthy pods of each worker`,
        RELOAD_LIMIT_MS,
      );
      await predictAll(gateway);
    }
  });

  await t.test("the live page of one gateway shows the other, and every worker", async () => {
    const shown = pods.filter(({ deployment }) => deployment.metadata.name !== "judge");
    await until(
      async () => {
        const { gateways: seen, workers } = await ask<{
          gateways: { problem?: string }[];
          workers: { problem?: string }[];
        }>(one, "/page/snapshot");
        const answering = [...seen, ...workers].filter(({ problem }) => problem === undefined);
        return answering.length === shown.length;
      },
      `${shown.length} processes on the page`,
      RELOAD_LIMIT_MS,
    );
  });

  await t.test("the judge reads the gateways themselves, and answers them", async () => {
    const judge = pods.find(({ deployment }) => deployment.metadata.name === "judge");
    assert.ok(judge !== undefined);
    assert.equal((await fetch(`${judge.url("judge")}/-/stop`)).status, 200);
    const logs = await docker(["logs", judge.container]);
    assert.match(logs, /"reads":"processes"/);
  });

  await t.test(
    "a user meets the same variant at both, before and after the ConfigMap is swapped",
    async () => {
      const before = await predictAll(one);
      assert.deepEqual(await predictAll(other), before);
      assert.equal(new Set(before).size, 2, "each variant scores the text in its own way");
      const green = build("overlays/blue-green/green").find(({ metadata }) => metadata.name === "experiment");
      await configMaps.get("experiment")?.swap(green?.data?.["experiment.yaml"] ?? "");
      for (const gateway of gateways)
        await until(
          async () => {
            // Asked all the while: a request that failed would end the test.
            await predictAll(gateway);
            const { config } = await ask<{ config: { variants: { weight: number }[] } }>(gateway, "/config");
            return config.variants.map(({ weight }) => weight).join() === "0,100";
          },
          "the swapped weights",
          RELOAD_LIMIT_MS,
        );
      const after = await predictAll(one);
      assert.equal(new Set(after).size, 1);
      assert.deepEqual(await predictAll(other), after);
    },
  );

  await t.test(
    "nothing in a pod can be written, and each ends by itself in the time that it is given",
    async () => {
      for (const { deployment, container } of pods) {
        const write = 'try { fs.writeFileSync("/app/x", "") } catch ({ code }) { console.log(code) }';
        assert.equal(await docker(["exec", container, "node", "-e", write]), "EROFS");
        const { terminationGracePeriodSeconds } = podOf(deployment);
        const { lifecycle } = containerOf(deployment);
        const seconds = terminationGracePeriodSeconds - (lifecycle?.preStop?.sleep?.seconds ?? 0);
        await docker(["stop", "--time", String(seconds), container]);
        assert.equal(await docker(["inspect", "--format", "{{.State.ExitCode}}", container]), "0");
      }
    },
  );
});
