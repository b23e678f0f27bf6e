import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertDocker } from "./docker.ts";
import { poll } from "./poll.ts";
import { idOf, predict } from "./predict.ts";
import { Stack } from "./stack.ts";

const ROBERTA = "workers/roberta.yaml";

before(assertDocker);

interface Alerts {
  data: { alerts: { labels: Record<string, string>; state: string }[] };
}

test("a worker that never starts takes neither the gateway nor the monitoring along", async (t) => {
  const stack = await Stack.create();
  t.after(() => stack.remove());
  await stack.configure((yaml) => yaml.replace("roberta-mini-tweets", "no-such-model"), ROBERTA);
  await stack.compose("build");
  // Without --wait, which fails as it should: not everything is healthy.
  await stack.compose("up", "--detach", "--no-build");

  const traffic = await poll("the gateway's port", () => stack.url("proxy", 8080));
  await poll("the other variant's answer", async () => {
    return (await predict(traffic, idOf("distilbert"), ["what a lovely day"])).status === 200 || undefined;
  });
  await poll("an error for the users of the broken one", async () => {
    return (await predict(traffic, idOf("roberta"), ["anyone?"])).code === "no_healthy_upstream" || undefined;
  });
  assert.equal((await stack.inspect("proxy")).RestartCount, 0);
  const alert = await poll("an alert about the worker", async () => {
    const { data } = (await (await fetch(`${stack.prometheus}/api/v1/alerts`)).json()) as Alerts;
    return data.alerts.find(
      ({ labels }) => labels.alertname === "TargetDown" && labels.instance?.startsWith("worker-roberta"),
    );
  });
  assert.match(alert.state, /^(pending|firing)$/);

  await stack.configure((yaml) => yaml.replace("no-such-model", "roberta-mini-tweets"), ROBERTA);
  await poll("the mended worker's answer", async () => {
    return (await predict(traffic, idOf("roberta"), ["and now?"])).status === 200 || undefined;
  });
});
