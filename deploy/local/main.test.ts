import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import {
  assertNoneAlive,
  createCheckout,
  gone,
  processesOf,
  startCheckout,
  urlOn,
  variables,
} from "./standin/checkout.ts";

/*
 * The real main.ts in a process of its own, with stand-ins for worker and gateway. Nothing here asserts how long
 * anything takes: the deadlines of the product only bound how long a broken run can hang.
 */

test("the ready screen says what runs where and how to try it, and SIGTERM ends everything", async (t) => {
  const running = startCheckout(t, createCheckout(t));
  const screen = (await running.prints(/is running[\s\S]*Ctrl-C/))[0];
  const pids = Object.values(await processesOf(running));
  for (const part of [
    /curl -s http:\/\/127\.0\.0\.1:\d+\/predict/,
    /\/metrics\n/,
    /weights +edit config\/experiment\.yaml/,
  ])
    assert.match(screen, part);
  assert.match(running.printed(), /worker distilbert +ready after/);

  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assertNoneAlive(pids);
});

test("a process that is killed is started again on its port, with a pause that grows", async (t) => {
  const running = startCheckout(t, createCheckout(t));
  const before = await processesOf(running);
  process.kill(before.roberta, "SIGKILL");
  await running.prints(/worker roberta ended \(SIGKILL\); it is started again in 0\.5 s/);
  await running.prints(/worker roberta is back/);
  const between = await processesOf(running);
  assert.notEqual(between.roberta, before.roberta);
  assert.equal(between.distilbert, before.distilbert);

  process.kill(between.roberta, "SIGKILL");
  await running.prints(/worker roberta ended \(SIGKILL\); it is started again in 2 s/);
  await running.prints(/is back[\s\S]*is back/);

  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assertNoneAlive([...Object.values(before), ...Object.values(between)]);
});

test("the third death within a minute stops everything and says why", async (t) => {
  const checkout = createCheckout(t);
  const marker = join(checkout.root, "no-more");
  checkout.configure("roberta", JSON.stringify({ exitWhenExists: marker, say: "the model is corrupt" }));
  const running = startCheckout(t, checkout);
  const pids = await processesOf(running);
  writeFileSync(marker, "");
  process.kill(pids.roberta, "SIGKILL");
  assert.equal(await running.ended, 1);
  assert.match(
    running.printed(),
    /worker roberta ended 3 times within 60 s, last with exit code 3: everything stops\n +the model is corrupt\n +log: .*roberta\.log/,
  );
  assertNoneAlive(Object.values(pids));
});

test("SIGTERM during the pause before a restart ends everything", async (t) => {
  const running = startCheckout(t, createCheckout(t));
  const pids = await processesOf(running);
  process.kill(pids.admin, "SIGKILL");
  await running.prints(/gateway ended \(SIGKILL\)/);
  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assertNoneAlive(Object.values(pids));
  assert.doesNotMatch(running.printed(), /is back/);
});

test("a process that ignores SIGTERM is killed and named", async (t) => {
  const checkout = createCheckout(t);
  checkout.configure("distilbert", '{"ignoreSignals":true}');
  const running = startCheckout(t, checkout);
  const pids = await processesOf(running);
  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assert.match(running.printed(), /worker distilbert did not stop by itself and was killed/);
  assertNoneAlive(Object.values(pids));
});

test("Ctrl-C goes to the whole process group, and yet each process is asked to stop once", async (t) => {
  const checkout = createCheckout(t);
  const running = startCheckout(t, checkout);
  const pids = await processesOf(running);
  process.kill(-(running.process.pid ?? assert.fail()), "SIGINT");
  assert.equal(await running.ended, 0);
  assertNoneAlive(Object.values(pids));
  for (const name of ["proxy", "distilbert", "roberta"])
    assert.equal(readFileSync(join(checkout.root, `.blindsplit/logs/${name}.log`), "utf8"), "got SIGTERM\n");
});

test("SIGHUP without a terminal goes to the gateway alone, and nothing stops", async (t) => {
  const checkout = createCheckout(t);
  const running = startCheckout(t, checkout);
  const pids = await processesOf(running);
  running.process.kill("SIGHUP");
  await running.prints(/SIGHUP: the gateway reads its configuration again/);
  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assert.match(running.printed(), /blindsplit: stopped\n$/);
  assertNoneAlive(Object.values(pids));
  const log = (name: string) => readFileSync(join(checkout.root, `.blindsplit/logs/${name}.log`), "utf8");
  assert.deepEqual([log("proxy"), log("roberta")], ["got SIGHUP\ngot SIGTERM\n", "got SIGTERM\n"]);
});

test("a variant that is served elsewhere is noted on the ready screen", async (t) => {
  const checkout = createCheckout(t);
  const config = { variants: [{ name: "next", upstreams: ["http://127.0.0.1:1"] }] };
  const named = variables("BLINDSPLIT_WORKER_DISTILBERT", "BLINDSPLIT_WORKER_ROBERTA");
  checkout.configure("experiment", named + JSON.stringify({ config: { config } }));
  const running = startCheckout(t, checkout);
  await running.prints(
    /note: variant "next" \(http:\/\/127\.0\.0\.1:1\) does not point at a worker started here/,
  );
});

test("a second Ctrl-C kills at once", async (t) => {
  const checkout = createCheckout(t);
  for (const name of ["distilbert", "roberta"]) checkout.configure(name, '{"ignoreSignals":true}');
  const running = startCheckout(t, checkout);
  const pids = await processesOf(running);
  running.process.kill("SIGINT");
  await running.prints(/stopping/);
  // Until the second one counts: npm passes the same key press on a moment after the terminal did.
  const again = setInterval(() => running.process.kill("SIGINT"), 50);
  t.after(() => clearInterval(again));
  assert.equal(await running.ended, 1);
  assert.match(running.printed(), /killed/);
  assert.doesNotMatch(running.printed(), /did not stop by itself/);
  await gone(Object.values(pids));
});

test("a supervisor killed by SIGKILL leaves no orphan", async (t) => {
  const running = startCheckout(t, createCheckout(t));
  const pids = await processesOf(running);
  running.process.kill("SIGKILL");
  assert.equal(await running.ended, "SIGKILL");
  await gone(Object.values(pids));
});

test("a worker that cannot start is quoted, with exit code 1 and nothing left running", async (t) => {
  const checkout = createCheckout(t);
  checkout.configure("roberta", '{"say":"model: worker/models/none has no config.json","exit":1}');
  const running = startCheckout(t, checkout);
  assert.equal(await running.ended, 1);
  assert.match(
    running.printed(),
    /worker roberta did not start \(exit code 1\)\n +model: worker\/models\/none has no config\.json\n +log: /,
  );
  assert.doesNotMatch(running.printed(), /is running/);
});

test("a worker that says why on stderr and in its log is quoted with it once", async (t) => {
  const checkout = createCheckout(t);
  const reason = "http://127.0.0.1:1 refuses connections; given up after 6 attempts";
  const log = { level: "fatal", msg: "the worker cannot start", err: { message: reason } };
  checkout.configure("roberta", JSON.stringify({ say: `blindsplit worker: ${reason}`, log, exit: 1 }));
  const running = startCheckout(t, checkout);
  assert.equal(await running.ended, 1);
  assert.match(running.printed(), /worker roberta did not start \(exit code 1\)\n.*given up.*\n +log: /);
  assert.equal(running.printed().split(reason).length - 1, 1);
});

test("a gateway with a bad configuration is quoted, with exit code 1", async (t) => {
  const checkout = createCheckout(t);
  checkout.configure(
    "experiment",
    `${variables("BLINDSPLIT_WORKER_DISTILBERT", "BLINDSPLIT_WORKER_ROBERTA")}{"say":"experiment.yaml:4: weights sum to 90","exit":2}`,
  );
  const running = startCheckout(t, checkout);
  assert.equal(await running.ended, 1);
  assert.match(
    running.printed(),
    /gateway did not start \(exit code 2\)\n +experiment\.yaml:4: weights sum to 90/,
  );
});

test("a configuration that does not exist is named before anything starts", async (t) => {
  const running = startCheckout(t, createCheckout(t), ["--config", "config/none.yaml"]);
  assert.equal(await running.ended, 1);
  assert.equal(
    running.printed(),
    "blindsplit: config/none.yaml does not exist: name another with --config FILE\n",
  );
});

test("a log that cannot be written is one line with the flag that helps, and nothing is started", async (t) => {
  const checkout = createCheckout(t);
  writeFileSync(join(checkout.root, "file"), "");
  mkdirSync(join(checkout.root, "logs/proxy.log"), { recursive: true });
  for (const [folder, code] of [
    ["file", "EEXIST"],
    ["logs", "EISDIR"],
  ] as const) {
    const running = startCheckout(t, checkout, ["--log-dir", folder]);
    assert.equal(await running.ended, 1);
    assert.match(
      running.printed(),
      new RegExp(
        `^blindsplit: \\S+/${folder}/proxy\\.log cannot be written \\(${code}\\): choose another directory with --log-dir\n$`,
      ),
    );
  }
});

test("a process that never becomes ready runs into the deadline", async (t) => {
  const checkout = createCheckout(t);
  checkout.configure("distilbert", '{"ready":false}');
  const running = startCheckout(t, checkout, ["--start-timeout", "1"]);
  assert.equal(await running.ended, 1);
  assert.match(
    running.printed(),
    /worker distilbert is not ready after \d+ s .*\/readyz does not say 200.*--start-timeout/,
  );
});

test("Ctrl-C while starting ends everything without an error", async (t) => {
  const checkout = createCheckout(t);
  checkout.configure("distilbert", '{"ready":false}');
  const running = startCheckout(t, checkout, ["--start-timeout", "3600"]);
  await running.prints(/gateway +ready/);
  running.process.kill("SIGINT");
  assert.equal(await running.ended, 0);
  assert.doesNotMatch(running.printed(), /did not start|is running/);
});

test("a port in use is named with its owner and the flag that helps, and nothing is started", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address ? address.port : 0;

  const running = startCheckout(t, createCheckout(t), ["--port", String(port)]);
  assert.equal(await running.ended, 1);
  const owner = process.platform === "linux" ? ` by \\S+ \\(pid ${process.pid}\\)` : "";
  assert.match(
    running.printed(),
    new RegExp(`^blindsplit: port ${port} \\(traffic\\) is in use${owner}: .*--port\n$`),
  );
});

test("a wrong flag is one line with exit code 2", async (t) => {
  const running = startCheckout(t, createCheckout(t), ["--prot", "1"]);
  assert.equal(await running.ended, 2);
  assert.match(
    running.printed(),
    /^blindsplit: Unknown option '--prot'; npm start -- --help lists the options\n$/,
  );
});

test("the user's BLINDSPLIT_ variables reach a child only when its own file names them", async (t) => {
  const checkout = createCheckout(t);
  const running = startCheckout(t, checkout, [], {
    BLINDSPLIT_SALT: "s3cret",
    BLINDSPLIT_MODEL: "elsewhere",
    BLINDSPLIT_HOST: "127.0.0.1",
  });
  const screen = (await running.prints(/is running[\s\S]*Ctrl-C/))[0];
  const seen = async (row: string) =>
    (await fetch(`${urlOn(screen, row)}/environment`)).json() as Promise<Record<string, string>>;
  const [proxy, worker] = [await seen("admin"), await seen("worker roberta")];
  const ours = (environment: Record<string, string>) =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => name.startsWith("BLINDSPLIT_")));
  assert.deepEqual(ours(proxy), {
    BLINDSPLIT_SALT: "s3cret",
    BLINDSPLIT_WORKER_DISTILBERT: urlOn(screen, "worker distilbert"),
    BLINDSPLIT_WORKER_ROBERTA: urlOn(screen, "worker roberta"),
  });
  assert.deepEqual(ours(worker), {});
  assert.equal(worker.ORT_DISABLE_TELEMETRY, "1");
  assert.match(running.printed(), /BLINDSPLIT_MODEL is set but not used here/);
  assert.doesNotMatch(running.printed(), /s3cret/);
});

test("warnings reach the terminal in words, everything reaches the log", async (t) => {
  const checkout = createCheckout(t);
  const running = startCheckout(t, checkout);
  const screen = (await running.prints(/is running[\s\S]*Ctrl-C/))[0];
  await fetch(`${urlOn(screen, "worker roberta")}/warn`);
  await running.prints(/worker roberta warning: the queue is full\n/);
  const log = readFileSync(join(checkout.root, ".blindsplit/logs/roberta.log"), "utf8");
  assert.match(log, /"level":40[\s\S]*"level":30/);
  assert.doesNotMatch(running.printed(), /"level"/);
});
