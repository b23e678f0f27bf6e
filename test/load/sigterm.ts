/*
 * Two proxies behind HAProxy; each gets a SIGTERM under load, one after the other, and comes back. Nothing may fail.
 * `npm run load:sigterm [-- --requests N]`.
 */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CommandError } from "../../worker/evaluation/command-error.ts";
import { smallRequest } from "./support/caller.ts";
import { freePort, untilListening } from "./support/children.ts";
import { failureOf, runCrowd, until } from "./support/crowd.ts";
import { Kinds, keeps, tells } from "./support/findings.ts";
import { type ProxyProcess, startProxy, startUpstream, twoVariants } from "./support/processes.ts";
import { type Run, runLoad } from "./support/run.ts";
import { unitOf } from "./support/units.ts";

const CALLERS = 32;
const UNITS = 1_000;
const SERVICE_MS = 2;
const CHECK_MS = 200;
const DRAIN_DELAY_MS = 2_000;
const STALL_LIMIT_MS = 120_000;
/** drain_delay, the deadline of the shutdown, and room. */
const STOP_LIMIT_MS = 15_000;

await runLoad(process, "load:sigterm", { defaults: { requests: 100_000 }, limitMinutes: 20 }, async (run) => {
  const total = run.count("requests");
  const a = await startUpstream(run, "a1", SERVICE_MS);
  const b = await startUpstream(run, "b1", SERVICE_MS);
  const yaml = twoVariants([50, 50], [a], [b], `shutdown: { drain_delay: ${DRAIN_DELAY_MS}ms }`);
  const proxies = [await startProxy(run, yaml, "proxy-1"), await startProxy(run, yaml, "proxy-2")];
  const port = await startBalancer(run, proxies);
  const failures = new Kinds();
  let [sent, done, running, stopping] = [0, 0, true, true];
  const crowd = runCrowd({
    ...{ port, size: CALLERS, repeats: true, more: () => running && (sent < total || stopping) },
    request: () => ({ bytes: smallRequest(unitOf(sent++ % UNITS, "header")), note: undefined }),
    seen(outcome) {
      done++;
      const failure = failureOf(outcome);
      if (failure !== undefined) failures.add(failure);
    },
  });
  const stops: string[] = [];
  try {
    for (const [index, proxy] of proxies.entries()) {
      await until(() => done >= (total * (2 * index + 1)) / 5, "requests before a stop", STALL_LIMIT_MS);
      const [startMs, before] = [performance.now(), done];
      const code = await proxy.child().stop(STOP_LIMIT_MS);
      stops.push(
        `exit ${code} after ${((performance.now() - startMs) / 1000).toFixed(1)} s, ${done - before} requests`,
      );
      run.say(`proxy ${index + 1}: ${stops.at(-1)}; failed: ${failures}`);
      await proxy.start();
      // The balancer has to see it again before the other may go.
      await pause(CHECK_MS * 5);
    }
  } catch (error) {
    running = false;
    throw error;
  }
  stopping = false;
  const repeated = await crowd;
  return [
    tells("requests through the balancer", done),
    ...stops.map((stop, index) => tells(`SIGTERM to proxy ${index + 1}`, stop)),
    tells("repeated: a kept connection closed before any byte", repeated),
    keeps(`failed (${failures})`, failures.total, 0),
  ];
});

/** HAProxy passes bytes on (TCP) and asks the admin listeners whether they are ready. */
async function startBalancer(run: Run, proxies: readonly ProxyProcess[]): Promise<number> {
  if (spawnSync("which", ["haproxy"]).status !== 0)
    throw new CommandError("missing_tools", "haproxy is not installed; run apt-get install haproxy");
  const port = await freePort();
  const file = join(run.folder, "haproxy.cfg");
  const servers = proxies.map(
    (proxy, index) => `  server proxy-${index + 1} 127.0.0.1:${proxy.port} check port ${proxy.adminPort}`,
  );
  await writeFile(
    file,
    `defaults
  mode tcp
  timeout connect 1s
  timeout client 75s
  timeout server 75s
listen traffic
  bind 127.0.0.1:${port}
  balance roundrobin
  option httpchk
  http-check send meth GET uri /-/ready ver HTTP/1.1 hdr Host 127.0.0.1
  default-server inter ${CHECK_MS}ms fall 1 rise 1
${servers.join("\n")}
`,
  );
  const balancer = run.children.start("haproxy", ["haproxy", "-db", "-f", file], { env: run.environment });
  await untilListening(balancer, port);
  await pause(CHECK_MS * 2);
  return port;
}
