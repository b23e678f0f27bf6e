/*
 * Guardrail stop: two gateways and a judge; the treatment begins to fail a fifth of its requests. How long until nobody
 * is sent there any more, and how many requests were harmed? `npm run load:stop [-- --step 1s --rate 100]`, `step` as
 * `judge.step`, `rate` in requests a second at both gateways together.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./support/children.ts";
import { until } from "./support/crowd.ts";
import { keeps, tells } from "./support/findings.ts";
import { startJudge } from "./support/judge-process.ts";
import { type ProxyProcess, startProxy } from "./support/processes.ts";
import { type Run, runLoad } from "./support/run.ts";

const USERS = 2_000;
const FAILING_SHARE = 0.2;
const STOP_LIMIT_MS = 20 * 60_000;
const AFTERWARDS_MS = 5_000;
const IN_FLIGHT_MS = 1_000;
/** Of the healthy time before: the judge knows the experiment. */
const STEPS_BEFORE = 90;

const defaults = { step: "1s", rate: 100 };
await runLoad(process, "load:stop", { defaults, limitMinutes: 30 }, async (run) => {
  const control = await startService("control");
  const treatment = await startService("treatment");
  const judgePort = await freePort();
  const [one, other] = await startGateways(run, judgePort, [control.url, treatment.url]);
  const judge = await startJudge(run, {
    file: join(run.folder, "one.yaml"),
    port: judgePort,
    flags: ["--step", run.text("step")],
  });
  const traffic = startTraffic([one.port, other.port], run.count("rate"));
  await judge.verdictWhen(({ looks }) => looks >= STEPS_BEFORE, "the first looks", STOP_LIMIT_MS);

  run.say("the treatment begins to fail");
  const before = { ...traffic.counts };
  treatment.failingShare = FAILING_SHARE;
  const failingSince = performance.now();
  const stoppedAfter = [one, other].map((gateway) => secondsUntilStopped(gateway, failingSince));
  const seconds = await Promise.all(stoppedAfter);
  const harmed = traffic.counts.failed - before.failed;
  const sent = traffic.counts.sent - before.sent;
  // What was on its way when the weights changed goes on.
  await pause(IN_FLIGHT_MS);
  const atTreatment = treatment.asked;
  await pause(AFTERWARDS_MS);
  const late = treatment.asked - atTreatment;
  const failedAfterwards = traffic.counts.failed - before.failed - harmed;
  await traffic.stop();
  const verdict = await judge.verdict();
  for (const service of [control, treatment]) service.close();
  return [
    tells("requests a second, step", `${run.count("rate")}, ${run.text("step")}`),
    keeps("failed before", before.failed, 0),
    tells("seconds to weight 0, by gateway", seconds.map((value) => value.toFixed(1)).join(", ")),
    tells("requests meanwhile, harmed of them", `${sent}, ${harmed}`),
    keeps("requests to the treatment afterwards", late, 0),
    keeps("failed afterwards", failedAfterwards, 0),
    tells("the judge", verdict?.headline ?? "does not answer"),
  ];
});

interface Service {
  readonly url: string;
  asked: number;
  failingShare: number;
  close(): void;
}

async function startService(name: string): Promise<Service> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      // The judge asks for /metrics too.
      if (request.method === "POST") service.asked++;
      // Every fifth, so that the share does not depend on luck.
      const fails = service.failingShare > 0 && service.asked % Math.round(1 / service.failingShare) === 0;
      response
        .writeHead(fails ? 500 : 200, { "content-type": "application/json" })
        .end(`{"label":"${name}"}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const service: Service = {
    url: `http://127.0.0.1:${port}`,
    asked: 0,
    failingShare: 0,
    close: () => server.close().closeAllConnections(),
  };
  return service;
}

async function startGateways(
  run: Run,
  judgePort: number,
  [control, treatment]: readonly [string, string],
): Promise<readonly [ProxyProcess, ProxyProcess]> {
  const yaml = (gateways: readonly ProxyProcess[]) => `experiment: { name: stop }
variants:
  - { name: control, weight: 50, upstreams: ["${control}"] }
  - { name: treatment, weight: 50, upstreams: ["${treatment}"] }
# A failing service is to be judged, not ejected.
upstream: { ejection: { failures: 0 } }
# A short life, so that blocks of time are short too: a hundredth of it, and ten of them must be there.
analysis: { horizon: 10m, guardrails: [{ metric: error_ratio, margin: 0.01 }] }
judge:
  url: http://127.0.0.1:${judgePort}
  stop: on
  poll: 500ms
  state: ${join(run.folder, "judge.json")}
  gateways: [${gateways.map(({ adminPort }) => `"http://127.0.0.1:${adminPort}"`).join(", ")}]
reload: { poll: 100ms }
`;
  const one = await startProxy(run, yaml([]), "one");
  const other = await startProxy(run, yaml([]), "other");
  for (const gateway of [one, other]) {
    await gateway.write(yaml([one, other]));
    await gateway.reload();
  }
  return [one, other];
}

/** At a steady rate, whatever the answers are; every second request goes to the other gateway. */
function startTraffic(ports: readonly number[], perSecond: number) {
  const counts = { sent: 0, failed: 0 };
  const under = new Set<Promise<void>>();
  const send = async (index: number) => {
    try {
      const response = await fetch(`http://127.0.0.1:${ports[index % ports.length]}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-user-id": `user-${(index * 7919) % USERS}` },
        body: "{}",
      });
      await response.arrayBuffer();
      if (!response.ok) counts.failed++;
    } catch {
      counts.failed++;
    }
  };
  const timer = setInterval(() => {
    const call = send(counts.sent++).finally(() => under.delete(call));
    under.add(call);
  }, 1000 / perSecond);
  return {
    counts,
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
    },
  };
}

async function secondsUntilStopped(gateway: ProxyProcess, since: number): Promise<number> {
  const isStopped = async () =>
    (await gateway.metric("ab_variant_weight_ratio", { model_version: "treatment" })) === 0;
  await until(isStopped, "the treatment has weight 0", STOP_LIMIT_MS, 100);
  return (performance.now() - since) / 1000;
}
