import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertDocker, ROOT } from "./docker.ts";
import { poll } from "./poll.ts";
import { Stack } from "./stack.ts";

const TOKEN = randomBytes(24).toString("base64");

before(assertDocker);

/** The block of deploy/README.md that begins with this comment: what it says is what is tested. */
async function documented(file: string): Promise<string> {
  const readme = await readFile(join(ROOT, "deploy/README.md"), "utf8");
  const [, lines] = new RegExp(`\`\`\`yaml\\n# ${file}[^\\n]*\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? [];
  return lines ?? assert.fail(`deploy/README.md says nothing to add to ${file}`);
}

test("with BLINDSPLIT_ADMIN_TOKEN and the lines of README.md, only who has the token may ask the gateway and the judge", async (t) => {
  const monitoring = await mkdtemp(join(tmpdir(), "blindsplit-monitoring-"));
  t.after(() => rm(monitoring, { recursive: true, force: true }));
  await cp(join(ROOT, "prometheus"), monitoring, { recursive: true });
  await chmod(monitoring, 0o755);
  const collection = join(monitoring, "prometheus.yml");
  const addition = await documented("prometheus/prometheus.yml");
  const jobs = /^ {2}- job_name: ab-(proxy|judge)\n/gm;
  await writeFile(
    collection,
    (await readFile(collection, "utf8")).replace(jobs, (job) => `${job}${addition}`),
  );

  const stack = await Stack.create(undefined, {
    BLINDSPLIT_ADMIN_TOKEN: TOKEN,
    BLINDSPLIT_PROMETHEUS_FOLDER: monitoring,
  });
  t.after(() => stack.remove());
  const section = await documented("config/experiment.yaml");
  await stack.configure((yaml) => `${yaml}\n${section}`);
  await stack.compose("build");
  await stack.up("--no-deps", "proxy", "prometheus", "judge", "worker-roberta");

  for (const job of ["ab-proxy", "ab-judge"])
    await poll(`Prometheus, which sends the token, sees ${job}`, async () => {
      const answer = await fetch(`${stack.prometheus}/api/v1/query?query=up{job="${job}"}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]?.value[1] === "1" || undefined;
    });
  const file = await stack.exec("prometheus", "ls", "-ln", "/run/blindsplit/admin-token");
  assert.match(file, /^-rw-------\s+\d+\s+65534\s/);

  const { Networks } = (await stack.inspect("proxy")).NetworkSettings;
  const address = Networks[`${stack.project}_models`]?.IPAddress;
  const reload = `fetch("http://${address}:8081/-/reload", { method: "POST" }).then(({ status }) => console.log(status))`;
  assert.equal(await stack.exec("worker-roberta", "node", "--eval", reload), "401");
  const admin = await stack.url("proxy", 8081);
  const ask = async (headers: Record<string, string>) => (await fetch(`${admin}/config`, { headers })).status;
  assert.deepEqual([await ask({}), await ask({ authorization: `Bearer ${TOKEN}` })], [401, 200]);
  const verdict = await fetch(`${await stack.url("judge", 8082)}/verdict`);
  assert.equal(verdict.status, 401);
  assert.equal((await stack.inspect("proxy")).State.Health?.Status, "healthy");
  const worker = await stack.inspect("worker-roberta");
  assert.ok(!JSON.stringify(worker).includes(TOKEN), "a worker is not told the token");
  assert.equal(await stack.exec("worker-roberta", "ls", "/app/config"), "workers");
});

test("a token that the experiment asks for and nobody gave is refused in so many words", async (t) => {
  const stack = await Stack.create();
  t.after(() => stack.remove());
  const section = await documented("config/experiment.yaml");
  await stack.configure((yaml) => `${yaml}\n${section}`);
  await stack.compose("build");
  const run = stack.compose("run", "--rm", "--no-deps", "proxy");
  await assert.rejects(run, {
    message: /admin\.token: has 0 characters, which can be guessed: the least is 16/,
  });
});
