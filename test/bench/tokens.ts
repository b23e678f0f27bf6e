/*
 * What outcome tokens cost: one token and its parts, remembering which were reported, and two gateways side by side in front of the same service, one with
 * tokens and one without. `npm run bench:tokens [-- --rounds N --seconds N --calls N --ids N]`.
 */
import { join } from "node:path";
import { cpuSeconds, freePort, untilListening } from "../load/support/children.ts";
import { failureOf, runCrowd } from "../load/support/crowd.ts";
import { type Finding, keeps, tells } from "../load/support/findings.ts";
import { predictRequest } from "../load/support/predict-request.ts";
import { type ProxyProcess, startProxy } from "../load/support/processes.ts";
import { type Run, runLoad } from "../load/support/run.ts";
import { describeMachine, machineLines } from "./support/machine.ts";
import { median } from "./support/median.ts";
import { measureCalls } from "./tokens/ciphers.ts";
import { measureIds } from "./tokens/ids.ts";

const PROMISED_US = 5;
const MOST_MEGABYTES = 50;
const CALLERS = 8;
const UNITS = 1_000;
const BODY = { text: "what a lovely day, the sun is up and all is well" };
const OUTCOMES = `outcomes:
  secrets: a secret for measuring with
  allowed: [correct, incorrect, converted, true_label]
  labels: [negative, neutral, positive]
`;
const defaults = { rounds: 30, seconds: 2, calls: 200, ids: 1_000_000 };

await runLoad(process, "bench:tokens", { defaults, limitMinutes: 30 }, async (run) => {
  for (const line of machineLines(describeMachine({ node: process.versions.node }))) run.say(line);
  const calls = measureCalls(run.count("calls")).map(({ name, bestUs, medianUs }) =>
    tells(name, `${bestUs.toFixed(2)} µs, median ${medianUs.toFixed(2)} µs`),
  );
  const count = run.count("ids");
  const { megabytes, addUs, findUs } = measureIds(count);
  const ids = [
    keeps(`memory for ${count} ids`, megabytes, MOST_MEGABYTES, "MB"),
    tells("one remembered, one looked for", `${addUs.toFixed(2)} µs, ${findUs.toFixed(2)} µs`),
  ];
  return [...calls, ...ids, ...(await compareGateways(run))];
});

async function compareGateways(run: Run): Promise<readonly Finding[]> {
  const port = await freePort();
  const script = join(import.meta.dirname, "tokens/standin/prediction.ts");
  const service = run.children.start("service", [run.node, script, String(port)], { env: run.environment });
  await untilListening(service, port);
  const yaml = (more: string) => `experiment: { name: bench }
variants:
  - { name: a, weight: 50, upstreams: ["http://127.0.0.1:${port}"] }
  - { name: b, weight: 50, upstreams: ["http://127.0.0.1:${port}"] }
${more}`;
  const without = await startProxy(run, yaml(""), "without");
  const withTokens = await startProxy(run, yaml(OUTCOMES), "with");
  const seconds = run.count("seconds");
  for (const gateway of [without, withTokens]) await load(gateway, seconds);
  const rounds: { readonly without: Load; readonly with: Load }[] = [];
  for (let round = 0; round < run.count("rounds"); round++) {
    // Each goes first every second time: what a round leaves behind (a warm core) falls on both.
    const order = round % 2 === 0 ? [without, withTokens] : [withTokens, without];
    const loads = new Map<ProxyProcess, Load>();
    for (const gateway of order) loads.set(gateway, await load(gateway, seconds));
    const [off = NOTHING, on = NOTHING] = [loads.get(without), loads.get(withTokens)];
    rounds.push({ without: off, with: on });
    run.say(`round ${round + 1}: ${off.cpuUs.toFixed(1)} µs without, ${on.cpuUs.toFixed(1)} µs with`);
  }
  const given = (await withTokens.metric("ab_outcome_tokens_total")) ?? 0;
  const requests = rounds.reduce((sum, { with: on }) => sum + on.requests, 0);
  const differences = rounds.map(({ without: off, with: on }) => on.cpuUs - off.cpuUs);
  const ratios = rounds.map(({ without: off, with: on }) => on.cpuUs / off.cpuUs);
  return [
    tells("CPU a request, without", `${median(rounds.map((round) => round.without.cpuUs)).toFixed(1)} µs`),
    tells("CPU a request, with", `${median(rounds.map((round) => round.with.cpuUs)).toFixed(1)} µs`),
    keeps("tokens cost, median of the rounds", median(differences), PROMISED_US, "µs"),
    tells("standard error of their mean", `${standardError(differences).toFixed(1)} µs`),
    tells(
      "as a ratio",
      `${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
    ),
    keeps("requests without a token", Math.max(0, requests - given), 0),
    keeps(
      "requests failed",
      rounds.reduce((sum, { without: off, with: on }) => sum + off.failures + on.failures, 0),
      0,
    ),
  ];
}

function standardError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

interface Load {
  /** Of the gateway, for each request. */
  readonly cpuUs: number;
  readonly requests: number;
  readonly failures: number;
}

const NOTHING: Load = { cpuUs: Number.NaN, requests: 0, failures: 0 };

async function load({ port, child }: ProxyProcess, seconds: number): Promise<Load> {
  const until = performance.now() + seconds * 1000;
  const before = cpuSeconds(child().pid);
  let [requests, failures] = [0, 0];
  await runCrowd({
    ...{ port, size: CALLERS, more: () => performance.now() < until },
    request: () => ({
      bytes: predictRequest(BODY, `X-User-Id: user-${requests++ % UNITS}\r\n`),
      note: undefined,
    }),
    seen(outcome) {
      if (failureOf(outcome) !== undefined) failures++;
    },
  });
  return { cpuUs: ((cpuSeconds(child().pid) - before) * 1e6) / requests, requests, failures };
}
