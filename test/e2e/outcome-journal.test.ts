import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";
import { type Child, Children, freePort, untilListening } from "../load/support/children.ts";
import { askForTokens, report } from "../support/outcome-caller.ts";
import { createRandom } from "../support/random.ts";
import { configuration } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const MAIN = join(import.meta.dirname, "../../proxy/src/main.ts");
const SEED = 41;
const TOKENS = 240;
const KILLS = 4;
const CALLERS = 6;

interface Gateway {
  readonly url: string;
  readonly child: () => Child;
  readonly journal: string;
  /** @param shell what is in front of the program, as bash has it */
  start(shell?: string): Promise<void>;
  kill(): Promise<void>;
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/** The real program, on the same ports however often it is started. */
async function createGateway(t: TestContext, more = ""): Promise<Gateway> {
  const { url: service } = await startUpstream(t, (request, response) => {
    response.setHeader("x-blindsplit-prediction", "positive;0.75");
    request.resume().once("end", () => response.end("{}"));
  });
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-kill-"));
  const children = new Children();
  t.after(async () => {
    await children.stop();
    await rm(folder, { recursive: true });
  });
  const [file, journal] = [join(folder, "experiment.yaml"), join(folder, "outcomes.journal")];
  const [port, adminPort] = [await freePort(), await freePort()];
  const outcomes = `outcomes:
  secrets: a-secret-that-outlives-processes
  journal: ${journal}
  allowed: [converted, true_label, { name: revenue, min: -10, max: 10 }]
  labels: [negative, positive]
${more}`;
  await writeFile(file, configuration({ a: service, b: service }, [50, 50], outcomes));
  let child: Child | undefined;
  const running = () => child ?? assert.fail("it was not started");
  return {
    ...{ url: `http://127.0.0.1:${port}`, child: running, journal },
    async start(shell = "") {
      const script = `${shell} exec "$0" "$@"`;
      const args = [MAIN, "--config", file, "--port", String(port), "--admin-port", String(adminPort)];
      child = children.start("gateway", ["bash", "-c", script, process.execPath, ...args], {
        env: process.env,
      });
      await untilListening(child, port);
    },
    async kill() {
      running().signal("SIGKILL");
      await running().stop();
    },
    async metric(name, labels = {}) {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      return samplesOf(parseExposition(text), name)
        .filter(({ labels: own }) =>
          Object.entries(labels).every(([label, value]) => own.get(label) === value),
        )
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}

test("whatever is killed whenever: what was acknowledged is there once, and nothing twice", async (t) => {
  const gateway = await createGateway(t);
  await gateway.start();
  const random = createRandom(SEED);
  const tokens = await askForTokens(gateway.url, TOKENS);
  const reports = tokens.flatMap((token, index) => [
    { token, outcome: "converted" },
    { token, outcome: "true_label", value: index % 3 === 0 ? "negative" : "positive" },
    { token, outcome: "revenue", value: (index % 80) / 4 - 10 },
  ]);
  const waiting = [...reports.keys()];
  let acknowledged = 0;
  let killing: Promise<void> | undefined;
  let kills = 0;
  const killAt = Array.from({ length: KILLS }, (_, kill) =>
    Math.floor(((kill + 0.2 + 0.6 * random()) * reports.length) / KILLS),
  );

  async function killAndStart(): Promise<void> {
    const before = await gateway.metric("ab_outcomes_total").catch(() => 0);
    await gateway.kill();
    const surelyCounted = Math.max(before, acknowledged);
    await gateway.start();
    const after = await gateway.metric("ab_outcomes_total");
    assert.ok(after >= surelyCounted, `seed ${SEED}: ${surelyCounted} became ${after}`);
  }

  async function call(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await killing;
      const body = reports[next];
      const status = await report(gateway.url, body).then(
        (reported) => reported.status,
        () => 0,
      );
      // Whoever has no answer reports again, and so do some that had one.
      if (status !== 202) waiting.push(next);
      else acknowledged++;
      if (status === 202 && next % 17 === 0 && random() < 0.5) {
        waiting.push(next);
        acknowledged--;
      }
      if (acknowledged >= (killAt[kills] ?? Number.POSITIVE_INFINITY) && killing === undefined) {
        kills++;
        killing = killAndStart().finally(() => {
          killing = undefined;
        });
        // It dies while the others have reports under way.
        void killing.catch(() => undefined);
      }
    }
    await killing;
  }
  await Promise.all(Array.from({ length: CALLERS }, call));

  assert.equal(kills, KILLS);
  await gateway.kill();
  await gateway.start();
  for (const outcome of ["converted", "true_label", "revenue"]) {
    assert.equal(await gateway.metric("ab_outcomes_total", { outcome }), TOKENS, `seed ${SEED}: ${outcome}`);
    assert.equal(
      await gateway.metric("ab_bucket_outcomes_total", { outcome }),
      TOKENS,
      `seed ${SEED}: ${outcome}`,
    );
  }
  const amounts = tokens.map((_, index) => (index % 80) / 4);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  assert.equal(await gateway.metric("ab_bucket_outcome_value_total"), sum(amounts));
  assert.equal(
    await gateway.metric("ab_bucket_outcome_value_squared_total"),
    sum(amounts.map((amount) => amount * amount)),
  );
  assert.equal(await gateway.metric("ab_bucket_confusion_total", { true_label: "negative" }), TOKENS / 3);
  assert.equal(await gateway.metric("ab_outcome_delay_seconds_count"), 3 * TOKENS);
  const { status } = await report(gateway.url, reports[0]);
  assert.equal(status, 202);
  assert.equal(await gateway.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 1);
});

test("a disk that takes no more refuses outcomes and counts none; what was acknowledged stays", async (t) => {
  const gateway = await createGateway(t);
  // A file of 2 KiB is all that this process may write.
  await gateway.start("ulimit -f 2;");
  const tokens = await askForTokens(gateway.url, 40);
  const reports = tokens.map((token) => ({ token, outcome: "converted" }));
  const answers: { status: number; code: string | undefined }[] = [];
  for (const one of reports) answers.push(await report(gateway.url, one));
  const taken = answers.filter(({ status }) => status === 202).length;
  assert.ok(taken > 0 && taken < 40, `${taken} of 40`);
  for (const { status, code } of answers.slice(taken))
    assert.deepEqual([status, code], [503, "outcomes_not_stored"]);
  assert.equal(await gateway.metric("ab_outcomes_total"), taken);
  assert.equal(await gateway.metric("ab_outcome_journal_up"), 0);
  const batch = await report(gateway.url, { outcomes: reports });
  assert.deepEqual(
    [batch.status, batch.code, batch.headers.get("retry-after")],
    [503, "outcomes_not_stored", "1"],
  );
  assert.ok((await stat(gateway.journal)).size <= 2048);

  await gateway.kill();
  await gateway.start();
  assert.equal(await gateway.metric("ab_outcomes_total"), taken);
  assert.equal((await report(gateway.url, { outcomes: reports })).status, 200);
  assert.equal(await gateway.metric("ab_outcomes_total"), 40);
  assert.equal(await gateway.metric("ab_outcome_journal_up"), 1);
});

test("a second gateway with the same journal does not start, and says why", async (t) => {
  const gateway = await createGateway(t);
  await gateway.start();
  const children = new Children();
  t.after(() => children.stop());
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(gateway.journal, "../experiment.yaml");
  const args = [MAIN, "--config", file, "--port", String(port), "--admin-port", String(adminPort)];
  const second = children.start("second", [process.execPath, ...args], { env: process.env });
  await assert.rejects(untilListening(second, port), /in use by another process/);
  assert.equal(await second.stop(), 1);
  assert.ok(gateway.child().running());
});
