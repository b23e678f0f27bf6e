import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { claimPorts } from "../../deploy/local/ports.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { openPage } from "./chromium.ts";
import { figure, inspectLooks, textOf, waitForText } from "./live-page.ts";
import { startProgram } from "./program.ts";

const NAMES = ["distilbert", "roberta"] as const;
const MODEL = "worker/models/distilbert-mini-sst2";

/** Two workers and a gateway, each a process that can be killed. */
async function startProcesses(t: TestContext) {
  const workers = await Promise.all(
    NAMES.map((name) =>
      startProgram(
        t,
        "worker/src/main.ts",
        (port) => ["--model", MODEL, "--name", name, "--port", String(port), "--log-level", "error"],
        "/readyz",
      ),
    ),
  );
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-page-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "experiment.yaml");
  const variants = NAMES.map(
    (name, index) => `  - { name: ${name}, weight: 50, upstreams: ["${workers[index]?.url}"] }`,
  );
  await writeFile(file, ["experiment: { name: faults }", "variants:", ...variants, ""].join("\n"));
  const [traffic = 0] = await claimPorts([{ use: "traffic", flag: "", host: "127.0.0.1", port: 0 }]);
  const gateway = await startProgram(
    t,
    "proxy/src/main.ts",
    (admin) => ["--config", file, "--port", String(traffic), "--admin-port", String(admin)],
    "/-/ready",
  );
  const send = (id: string) =>
    fetch(`http://127.0.0.1:${traffic}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": id },
      body: JSON.stringify({ text: "The view from the tower is worth every step." }),
    });
  return { gateway, workers, send };
}

test("processes that are killed are shown, and come back by themselves", { timeout: 300_000 }, async (t) => {
  const { gateway, workers, send } = await startProcesses(t);
  const [, roberta] = workers;
  assert.ok(roberta !== undefined);
  const { page } = await openPage(t);
  await page.goto(`${gateway.url}/`);
  await waitForText(page, ".liveness", /live/);
  await page.click('input[name="span"][value="15m"]');

  let failed = 0;
  const sendMany = async (round: string) => {
    for (let user = 0; user < 60; user += 1) {
      const answer = await send(`${round} ${user}`);
      await answer.arrayBuffer();
      if (answer.status >= 500) failed += 1;
    }
  };
  const answered = async () => {
    const shown = await Promise.all(NAMES.map((name) => figure(page, `requests ${name}`)));
    return shown.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  };
  const untilAnswered = (count: number) =>
    page.waitForFunction(
      `[...document.querySelectorAll('[data-figure^="requests "]')].reduce((sum, { value }) => sum + Number(value), 0) === ${count}`,
      { timeout: 60_000, polling: 100 },
    );
  await sendMany("first");
  await untilAnswered(60);

  await t.test("a worker that is gone is named, with its reason; the rest goes on", async () => {
    await roberta.kill();
    await waitForText(page, ".silent", new RegExp(`roberta ${new URL(roberta.url).host}.*ECONNREFUSED`));
    await waitForText(page, ".said", /^roberta does not answer$/);
    await sendMany("second");
    await untilAnswered(120);
    assert.ok(failed > 0, "no request met the worker that was gone");
    const share = await figure(page, "errors roberta");
    const all = await figure(page, "requests roberta");
    assert.equal(Math.round((share ?? 0) * (all ?? 0)), failed);
    assert.equal(await figure(page, "errors distilbert"), 0);
    await inspectLooks(page, "page-worker-gone");
  });

  await t.test("when it is back its numbers go on, and nothing that was counted is lost", async () => {
    const before = await figure(page, "inference-count roberta");
    await roberta.start();
    await page.waitForFunction("document.querySelector('.silent') === null", {
      timeout: 60_000,
      polling: 100,
    });
    assert.ok((await figure(page, "inference-count roberta")) === before);
    const counted = await answered();
    // The gateway readmits it only after a check.
    for (let times = 0; times < 600 && (await send("third").then(discard)) !== 200; times += 1);
    await page.waitForFunction(
      `[...document.querySelectorAll('[data-figure^="requests "]')].reduce((sum, { value }) => sum + Number(value), 0) > ${counted}`,
      { timeout: 60_000, polling: 100 },
    );
  });

  await t.test("a gateway that is gone is said, and its return is noticed", async () => {
    const shown = await textOf(page, "#traffic ~ .rows");
    await gateway.kill();
    await waitForText(page, ".banner", /No answer since \d\d:\d\d:\d\d: it cannot be reached/);
    assert.equal(
      await textOf(page, "#traffic ~ .rows").then((text) => text.slice(0, 10)),
      shown.slice(0, 10),
    );
    await inspectLooks(page, "page-gateway-gone");
    await gateway.start();
    await waitForText(page, ".liveness", /live/);
    await page.waitForFunction("document.querySelector('.banner') === null", { timeout: 60_000 });
    const before = await answered();
    await sendMany("fourth");
    await untilAnswered(before + 60);
  });
});

test("a file of the page that did not arrive is asked for again", { timeout: 120_000 }, async (t) => {
  const upstream = await startUpstream(t, (_, response) => void response.end("{}"));
  const proxy = await startProxy(t, configuration({ only: upstream.url }, [100]));
  const { page } = await openPage(t);
  await page.setRequestInterception(true);
  let lost = 0;
  page.on("request", (request) => {
    if (lost === 0 && request.url().endsWith("/page/words.ts")) {
      lost += 1;
      request.abort("connectionreset").catch(() => undefined);
    } else request.continue().catch(() => undefined);
  });
  await page.goto(`${proxy.admin}/`);
  await waitForText(page, ".liveness", /live/);
  assert.equal(lost, 1);
});

async function discard(answer: Response): Promise<number> {
  await answer.arrayBuffer();
  return answer.status;
}
