import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { claimPorts } from "../../deploy/local/ports.ts";
import { listen } from "../support/listen.ts";
import { assertAlertmanagerInstalled, receiveDeliveries, startAlertmanager } from "./alertmanager.ts";
import { eventually } from "./prometheus.ts";

before(assertAlertmanagerInstalled);

const script = join(import.meta.dirname, "../../deploy/drill/main.ts");

interface Drill {
  readonly child: ChildProcess;
  readonly done: Promise<{ status: number | null; stdout: string; stderr: string }>;
}

function startDrill(t: TestContext, args: readonly string[]): Drill {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk;
    });
  return { child, done: once(child, "close").then(([status]) => ({ status, ...said })) };
}

const runDrill = (t: TestContext, args: readonly string[]) => startDrill(t, args).done;

async function freePort(): Promise<number> {
  const [port = 0] = await claimPorts([{ use: "the drill", flag: "", host: "127.0.0.1", port: 0 }]);
  return port;
}

const nowhere = { drill: "http://127.0.0.1:1/", webhooks: {} };

test("it ends well when both deliveries have come, and says how long each took", async (t) => {
  const port = await freePort();
  const { url, alerts } = await startAlertmanager(t, { drill: `http://127.0.0.1:${port}/`, webhooks: {} });
  const { status, stdout, stderr } = await runDrill(t, [
    ...["--alertmanager", url],
    ...["--listen", `127.0.0.1:${port}`],
  ]);
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /^firing +delivered to "drill" after \d+\.\d\d s\nresolved +delivered to "drill" after \d+\.\d\d s\n$/,
  );
  assert.deepEqual(await alerts(), [], "nothing is left behind");
  console.log(stdout);
});

test("two drills, one after the other, are two", async (t) => {
  const port = await freePort();
  const { url } = await startAlertmanager(t, { drill: `http://127.0.0.1:${port}/`, webhooks: {} });
  for (const _ of ["first", "second"]) {
    const { status, stderr } = await runDrill(t, ["--alertmanager", url, "--listen", `127.0.0.1:${port}`]);
    assert.equal(status, 0, stderr);
  }
});

test("without Alertmanager it says where it looked for it", async (t) => {
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", `http://127.0.0.1:${await freePort()}`],
    ...["--listen", "127.0.0.1:0"],
  ]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /Alertmanager at http:\/\/127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\).*--alertmanager/,
  );
});

test("where something else answers it says so", async (t) => {
  const other = await listen((_, response) => response.writeHead(404).end("no such page"));
  t.after(other.stop);
  const { status, stderr } = await runDrill(t, ["--alertmanager", other.url, "--listen", "127.0.0.1:0"]);
  assert.equal(status, 1);
  assert.match(stderr, /answers \/api\/v2\/alerts with 404 no such page/);
});

test("a port in use is named, with who has it", async (t) => {
  const other = await listen((_, response) => response.end());
  t.after(other.stop);
  const { status, stderr } = await runDrill(t, ["--listen", new URL(other.url).host]);
  assert.equal(status, 1);
  assert.match(stderr, /port \d+, where the drill listens, is in use by .*--listen.*BLINDSPLIT_DRILL_URL/);
});

test("a delivery that goes elsewhere is not waited for without end", async (t) => {
  const { url, alerts } = await startAlertmanager(t, nowhere);
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--listen", "127.0.0.1:0", "--timeout", "1"],
  ]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /"firing" did not arrive within 1 s: it was routed to "drill", but nobody called http:\/\/127/,
  );
  assert.match(stderr, /BLINDSPLIT_DRILL_URL/);
  assert.deepEqual(await alerts(), [], "the test alert was ended");
});

test("routes that lead elsewhere are named, with the command that tests them", async (t) => {
  const withoutDrill = (text: string) => text.replace('drill=~\\".+\\"', 'drill=\\"other\\"');
  const { url } = await startAlertmanager(t, nowhere, withoutDrill);
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--listen", "127.0.0.1:0", "--timeout", "1"],
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /lead to "on-call" and not to "drill"/);
  assert.match(stderr, /amtool config routes test .* alertname=ABDrill drill=true severity=page/);
});

test("a silence is named", async (t) => {
  const { url } = await startAlertmanager(t, nowhere);
  const silence = await fetch(`${url}/api/v2/silences`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      matchers: [{ name: "alertname", value: "ABDrill", isRegex: false, isEqual: true }],
      ...{ startsAt: new Date(), endsAt: new Date(Date.now() + 60_000), createdBy: "test", comment: "test" },
    }),
  });
  const { silenceID } = (await silence.json()) as { silenceID: string };
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--listen", "127.0.0.1:0", "--timeout", "1"],
  ]);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`amtool silence expire ${silenceID}`));
});

test("when it is interrupted the test alert ends with it", async (t) => {
  const { url, alerts } = await startAlertmanager(t, nowhere);
  const { child, done } = startDrill(t, ["--alertmanager", url, "--listen", "127.0.0.1:0"]);
  await eventually("the alert is there", async () => ((await alerts()).length > 0 ? true : undefined));
  child.kill("SIGINT");
  const { status, stderr } = await done;
  assert.equal(status, 130, stderr);
  assert.deepEqual(await alerts(), []);
});

test("a test message reaches the receiver that people read", async (t) => {
  const { settings, find } = await receiveDeliveries(t);
  const { url } = await startAlertmanager(t, settings);
  const { status, stdout, stderr } = await runDrill(t, ["--alertmanager", url, "--receiver", "on-call"]);
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /firing +webhook took a message.*\nresolved +webhook took a message.*\nnow look whether "on-call" got both/,
  );
  for (const wanted of ["firing", "resolved"]) {
    const delivery = await find(wanted, (one) => one.status === wanted);
    assert.equal(delivery.path, "/on-call");
  }
});

test("a receiver that delivers nowhere is named at once", async (t) => {
  const { url, alerts } = await startAlertmanager(t, nowhere);
  const { status, stderr } = await runDrill(t, ["--alertmanager", url, "--receiver", "tickets"]);
  assert.equal(status, 1);
  assert.match(stderr, /"tickets" delivers nowhere: set the variables/);
  assert.deepEqual(await alerts(), []);
});

test("a receiver that fails is not taken for one that is silent", async (t) => {
  const { url } = await startAlertmanager(t, { ...nowhere, webhooks: { "on-call": "http://127.0.0.1:1/" } });
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--receiver", "on-call", "--timeout", "5"],
  ]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /"firing" was not taken by webhook within 5 s: webhook failed: Alertmanager's log says why/,
  );
});

test("a message that was given up is not waited for", async (t) => {
  const other = await listen((_, response) => response.writeHead(404).end());
  t.after(other.stop);
  const { url, alerts } = await startAlertmanager(t, { ...nowhere, webhooks: { "on-call": other.url } });
  const { status, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--receiver", "on-call", "--timeout", "3600"],
  ]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /"firing" was given up: webhook failed: .*log says why, in a line with "on-call\/webhook"/,
  );
  assert.match(stderr, /the variables that prometheus\/README.md names for "on-call"/);
  assert.deepEqual(await alerts(), [], "the test alert was ended");
});

const deadMansSwitch = [{ labels: { alertname: "DeadMansSwitch", severity: "none" } }];

test("the heartbeat that goes on is no proof that the people on call were reached", async (t) => {
  const { settings, all, find } = await receiveDeliveries(t);
  const telegram = { token: "1:a", chat: -1, api: "http://127.0.0.1:1" };
  const { url, post } = await startAlertmanager(t, { ...settings, webhooks: {}, telegram });
  await post(deadMansSwitch);
  await find("a heartbeat", ({ path }) => path === "/heartbeat");
  const earlier = all.length;
  const { status, stdout, stderr } = await runDrill(t, [
    ...["--alertmanager", url, "--receiver", "on-call", "--timeout", "5"],
  ]);
  assert.ok(all.length > earlier, "the heartbeat went on");
  assert.equal(status, 1, stdout);
  assert.match(stderr, /"firing" was not taken by telegram within 5 s: telegram failed/);
});

test("where a message cannot be told from the heartbeat, the drill says so and claims nothing", async (t) => {
  const { settings, find } = await receiveDeliveries(t);
  const { url, post } = await startAlertmanager(t, settings);
  await post(deadMansSwitch);
  await find("a heartbeat", ({ path }) => path === "/heartbeat");
  const { status, stdout, stderr } = await runDrill(t, ["--alertmanager", url, "--receiver", "on-call"]);
  assert.equal(status, 3, stderr);
  assert.match(stdout, /^firing +webhook \(whose\?\) took a message.*\nresolved +webhook \(whose\?\) took/);
  assert.match(stderr, /nobody can tell .* "on-call" got both: alerts go to "heartbeat" by webhook too/);
});

test("routes that lead people's messages elsewhere are named, even where those were delivered", async (t) => {
  const { settings } = await receiveDeliveries(t);
  const elsewhere = (text: string) => text.replace('drill=\\"on-call\\"', 'drill=\\"other\\"');
  const { url } = await startAlertmanager(t, settings, elsewhere);
  const { status, stderr } = await runDrill(t, ["--alertmanager", url, "--receiver", "on-call"]);
  assert.equal(status, 1);
  assert.match(stderr, /its routes lead to "drill" and not to "on-call"/);
});

test("an option that is none ends with 2 and says what there is", async (t) => {
  const wrong = [
    ["--receiver", "on_call"],
    ["--listen", "9099"],
    ["--alertmanager", "127.0.0.1:9093"],
    ["--timeout", "0"],
    ["--unknown"],
  ];
  for (const args of wrong) {
    const { status, stderr } = await runDrill(t, args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /give|there is|--help/);
  }
});
