import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { loadConfig } from "../../../../proxy/src/config/load.ts";
import { ConfigError } from "../../../../proxy/src/config/problem.ts";
import { lettersOf } from "../../../../proxy/src/experiment/letters.ts";
import { createTerminal, writeFiles } from "../../../../test/support/terminal.ts";
import { sampleVerdict } from "../../../../test/support/verdicts.ts";
import { maskVerdict } from "../../verdict/mask.ts";
import { report } from "../command.ts";
import { createDelivery } from "./delivery.ts";

const NOW = Date.UTC(2027, 1, 3, 6);
const CONFIG = `
experiment: { name: sentiment-model, phase: 2 }
variants:
  - { name: distilbert, weight: 50, upstreams: ["http://127.0.0.1:1"] }
  - { name: roberta, weight: 50, upstreams: ["http://127.0.0.1:1"] }
`;
const BROKEN = CONFIG.replace("weight: 50", "wieght: 50");
const STATE = JSON.stringify({
  version: 1,
  experiment: "sentiment-model",
  phase: 2,
  verdict: sampleVerdict(),
});

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A folder, an Alertmanager that takes everything, and what it was told: "experiment report: summary". */
async function setUp(t: TestContext, written = CONFIG) {
  const alerts: Alert[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === "POST") alerts.push(...JSON.parse(await text(request)));
    response.end(JSON.stringify([{ status: { state: "active", silencedBy: [], inhibitedBy: [] } }]));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = await writeFiles(t, { "experiment.yaml": written, "judge.json": STATE });
  const { terminal } = createTerminal({}, NOW);
  const argv = ["--config", file("experiment.yaml"), "--state", file("judge.json"), "--send"];
  const send = (...more: string[]) => report([...argv, "--alertmanager", url, ...more], terminal);
  const told = () =>
    alerts.map(({ labels, annotations }) =>
      [labels.experiment ?? "-", labels.report ?? "-", annotations.summary]
        .join(" ")
        .replace(/: [XY] is.*/, ""),
    );
  const config = async () => (await loadConfig(file("experiment.yaml"), {}, {})).config;
  const verdict = async () => maskVerdict(sampleVerdict(), lettersOf(await config()));
  return { alerts, config, file, said: [] as string[], send, told, url, verdict };
}

test("the message that there is no report is another alert than the report, which is told once it can be made", async (t) => {
  const { file, send, told } = await setUp(t);
  await writeFile(file("judge.json"), "{}");
  await assert.rejects(send(), { name: "CommandError" });
  await writeFile(file("judge.json"), STATE);
  assert.equal(await send(), 0);
  assert.deepEqual(told(), ["sentiment-model missing NO REPORT could be made", "sentiment-model - BETTER"]);
});

for (const [what, more, message] of [
  ["MLflow is away", ["--mlflow", "http://127.0.0.1:1"], /127\.0\.0\.1:1/],
  ["the file cannot be written", ["--out", "/nowhere/report.html"], /cannot be written to \/nowhere/],
] as const)
  test(`where ${what} the report is sent, and then the failure`, async (t) => {
    const { alerts, send, told } = await setUp(t);
    await assert.rejects(send(...more), { name: "CommandError", message });
    assert.deepEqual(told(), [
      "sentiment-model - BETTER",
      "sentiment-model unkept THE REPORT COULD NOT BE KEPT",
    ]);
    assert.match(alerts[1]?.annotations.description ?? "", message);
  });

test("a broken configuration is told, without what it says", async (t) => {
  const { alerts, file, send, told } = await setUp(t, BROKEN);
  await assert.rejects(send(), { name: "ConfigError" });
  assert.deepEqual(told(), ["- missing NO REPORT could be made"]);
  const description = alerts[0]?.annotations.description ?? "";
  assert.ok(description.includes(`blindsplit check ${file("experiment.yaml")}`));
  assert.doesNotMatch(description, /wieght|variants/);
  await rm(file("experiment.yaml"));
  await assert.rejects(send(), { name: "ConfigError" });
  assert.equal(told().length, 2);
});

test("a configuration that breaks later is told under the experiment's last name, and the days go on", async (t) => {
  const { url, said, told, config, verdict } = await setUp(t);
  let isBroken = true;
  const delivery = createDelivery(url, {
    async read() {
      if (isBroken) throw new ConfigError("experiment.yaml", []);
      return config();
    },
    find: async () => verdict(),
    publish: async () => undefined,
    now: () => NOW,
    complain: (line) => void said.push(line),
  });
  await delivery.begin();
  isBroken = false;
  await delivery.begin();
  isBroken = true;
  await assert.rejects(delivery.send(), { name: "ConfigError" });
  isBroken = false;
  assert.equal(await delivery.send(), 0);
  assert.deepEqual(told(), ["sentiment-model missing NO REPORT could be made", "sentiment-model - BETTER"]);
});
