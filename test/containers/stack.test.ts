import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { sentences } from "../support/sentences.ts";
import { assertDocker, ROOT } from "./docker.ts";
import { poll } from "./poll.ts";
import { predict } from "./predict.ts";
import { SERVICES, type Service, Stack } from "./stack.ts";

before(assertDocker);

let stack: Stack;
before(async () => {
  stack = await Stack.create();
});
after(() => stack.remove());

interface Query {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}
interface Targets {
  data: { activeTargets: { labels: { job: string; instance: string }; health: string }[] };
}

async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  assert.equal(answer.status, 200, url);
  return (await answer.json()) as T;
}
const query = (expression: string) =>
  ask<Query>(`${stack.prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
const targets = async () => (await ask<Targets>(`${stack.prometheus}/api/v1/targets`)).data.activeTargets;

test("one command leads from nothing to the first prediction", async (t) => {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  await stack.compose("build");
  t.diagnostic(`images built (or found in the builder's cache): ${seconds()}`);
  const up = stack.up();
  const predicted = poll("a prediction", async () => {
    const { status, text } = await predict(await stack.url("proxy", 8080), "alice", ["what a lovely day"]);
    return status === 200 ? text : undefined;
  }).then((text) => t.diagnostic(`first prediction: ${seconds()}: ${text}`));
  await Promise.all([up, predicted]);
  t.diagnostic(`every container is healthy: ${seconds()}`);
  t.diagnostic(
    "Grafana is left out: it is a profile of its own, and its image cannot be had where no registry is",
  );
});

for (const service of SERVICES) {
  test(`${service} has no rights beyond an ordinary user's, and limits`, async () => {
    const { Config, HostConfig, NetworkSettings, RestartCount, State } = await stack.inspect(service);
    assert.match(Config.User, /^(1000:1000|65534:65534)$/);
    assert.ok(HostConfig.ReadonlyRootfs);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
    assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"]);
    assert.ok(HostConfig.Memory > 0 && HostConfig.NanoCpus > 0 && HostConfig.PidsLimit > 0);
    assert.equal(State.Health?.Status, "healthy");
    assert.equal(RestartCount, 0);

    const status = await stack.exec(service, "cat", "/proc/1/status");
    const field = (name: string) =>
      new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.split(/\s+/) ?? [];
    assert.deepEqual(new Set(field("Uid")), new Set([Config.User.split(":")[0]]));
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      assert.deepEqual(field(set), ["0000000000000000"], set);
    assert.deepEqual(field("NoNewPrivs"), ["1"]);
    assert.deepEqual(field("Seccomp"), ["2"]);
    await assert.rejects(stack.exec(service, "touch", "/written"), /Read-only file system/);

    for (const [port, addresses] of Object.entries(NetworkSettings.Ports)) {
      const isForCallers = service === "proxy" && port === "8080/tcp";
      for (const { HostIp } of addresses ?? [])
        assert.equal(HostIp, isForCallers ? "0.0.0.0" : "127.0.0.1", port);
    }
  });
}

test("a worker publishes no port and does not reach Alertmanager, nor does Alertmanager a worker", async () => {
  const { Ports } = (await stack.inspect("worker-roberta")).NetworkSettings;
  assert.deepEqual(
    Object.values(Ports).flatMap((addresses) => addresses ?? []),
    [],
  );
  const { Networks } = (await stack.inspect("alertmanager")).NetworkSettings;
  const ready = `http://${Object.values(Networks)[0]?.IPAddress}:9093/-/ready`;
  assert.equal(await reaches("prometheus", ready), true, "it is there");
  assert.equal(await reaches("worker-roberta", "http://worker-distilbert:8101/healthz"), true, "it can ask");
  assert.equal(await reaches("worker-roberta", ready), false);
  assert.equal(await reaches("alertmanager", "http://worker-roberta:8102/healthz"), false);
  assert.equal(await reaches("nightly", ready), true);
  assert.equal(await reaches("nightly", "http://worker-roberta:8102/healthz"), false);
});

test("every target is up, and the four queries of README.md answer for both models", async (t) => {
  const traffic = await stack.url("proxy", 8080);
  for (const [index, text] of sentences.slice(0, 60).entries())
    assert.equal((await predict(traffic, `unit-${index}`, [text])).status, 200);

  const seen = await poll("every target is up", async () => {
    const all = await targets();
    return all.length === 6 && all.every(({ health }) => health === "up") ? all : undefined;
  });
  t.diagnostic(seen.map(({ labels }) => `${labels.job} ${labels.instance}`).join(", "));
  assert.deepEqual(
    new Set(seen.map(({ labels }) => labels.job)),
    new Set(["ab-proxy", "sentiment-worker", "ab-judge", "prometheus", "alertmanager"]),
  );

  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const queries =
    /```promql\n([\s\S]*?)```/
      .exec(readme)?.[1]
      ?.split("\n")
      .filter((line) => /^\w/.test(line)) ?? [];
  assert.equal(queries.length, 4);
  for (const expression of queries) {
    const models = await poll(`an answer for both models to ${expression}`, async () => {
      const { result } = (await query(expression)).data;
      const named = new Set(
        result
          .filter(({ value }) => Number.isFinite(Number(value[1])))
          .map(({ metric }) => metric.model_version),
      );
      return named.size === 2 ? named : undefined;
    });
    assert.deepEqual(models, new Set(["distilbert", "roberta"]));
  }
  const limits = (await query("model_memory_limit_bytes")).data.result.map(({ value }) => Number(value[1]));
  const { Memory } = (await stack.inspect("worker-roberta")).HostConfig;
  assert.deepEqual(limits, [Memory, Memory]);
  const alarming = (await query('ALERTS{alertstate="firing",alertname!="DeadMansSwitch"}')).data.result;
  assert.deepEqual(alarming, []);
});

test("the live page and the alerts' rules are there", async () => {
  const admin = await stack.url("proxy", 8081);
  const page = await fetch(`${admin}/`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<!doctype html>/i);
  const script = await fetch(`${admin}/page/main.ts`);
  assert.equal(script.status, 200);
  const { data } = await ask<{ data: { groups: unknown[] } }>(`${stack.prometheus}/api/v1/rules`);
  assert.ok(data.groups.length > 5);
});

test("what people are told with is readable by Alertmanager alone", async () => {
  assert.match(
    await stack.exec("alertmanager", "ls", "-ln", "/etc/alertmanager/alertmanager.yml"),
    /^-rw-------\s+\d+\s+65534\s/,
  );
  const { Env } = (await stack.inspect("alertmanager")).Config;
  assert.deepEqual(
    Env.filter((entry) => entry.startsWith("BLINDSPLIT_")),
    [],
  );
});

test("a test alert goes through Alertmanager to this machine, firing and resolved", async (t) => {
  const program = join(ROOT, "deploy/drill/main.ts");
  const listen = `0.0.0.0:${stack.drillPort}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[program, "--alertmanager", stack.alertmanager, "--listen", listen, "--timeout", "120"],
  ]);
  assert.match(stdout, /^firing .*\n(.*\n)*resolved /m);
  t.diagnostic(stdout.trim());
});

/** Whether a GET from within a service's container is answered with a 200. */
async function reaches(from: Service, url: string): Promise<boolean> {
  const script = `fetch("${url}", { signal: AbortSignal.timeout(5_000) }).then((answer) => process.exit(answer.ok ? 0 : 7), () => process.exit(7))`;
  const isOurs = !["prometheus", "alertmanager"].includes(from);
  const command = isOurs ? ["node", "--eval", script] : ["wget", "-q", "-T", "5", "-O", "/dev/null", url];
  return stack.exec(from, ...command).then(
    () => true,
    () => false,
  );
}
