import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { configuration } from "../../test/support/running-proxy.ts";
import { createApp } from "./app.ts";
import { createLog } from "./log.ts";
import { explainStart } from "./start-failure.ts";

async function createFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-start-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** What is said where the app cannot start with these keys of its configuration. */
async function explain(t: TestContext, more: string): Promise<string> {
  const configFile = join(await createFolder(t), "experiment.yaml");
  await writeFile(configFile, configuration({ a: "http://127.0.0.1:1" }, [100], more));
  const app = createApp({
    configFile,
    overrides: { adminPort: 0 },
    env: {},
    log: createLog("silent"),
    usage: { residentBytes: () => 1, cpuSeconds: () => 1 },
  });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  app.start().then(resolve, resolve);
  return explainStart(await promise);
}

/** Listens there until the test ends, and says on which port. */
async function occupy(t: TestContext, at: { path: string } | { host: string; port: number }) {
  const server = createServer((socket) => socket.destroy()).listen(at);
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}

test("a unix socket that cannot be bound is named by its key, and no port is asked for", async (t) => {
  const folder = await createFolder(t);
  const [file, socket] = [join(folder, "file"), join(folder, "socket")];
  await writeFile(file, "");
  await occupy(t, { path: socket });
  await mkdir(join(folder, "sub"));
  for (const [path, reason] of [
    [file, /is in use, or is a file that is no socket; .*name another path$/],
    [socket, /is in use/],
    [join(folder, "missing", "socket"), /name a path in a folder that is there/],
    [join(folder, "sub"), /is a file that is no socket/],
  ] as const) {
    const said = await explain(t, `listen: { port: 0, unix: "${path}" }`);
    assert.ok(said.startsWith(`${path} (listen.unix) `), said);
    assert.match(said, reason);
    assert.doesNotMatch(said, /--|undefined|-1/);
  }
});

test("a port that cannot be bound is named with the flag that chooses another", async (t) => {
  const port = await occupy(t, { host: "127.0.0.1", port: 0 });
  assert.equal(
    await explain(t, `listen: { port: ${port} }`),
    `127.0.0.1:${port} (traffic) is in use; stop what listens there or choose another with --port`,
  );
  assert.match(
    await explain(t, "listen: { host: 192.0.2.1, port: 0 }"),
    /^192\.0\.2\.1 \(traffic\) is no address of this machine; choose another with --host$/,
  );
});

test("mistakes in the configuration are listed", async (t) => {
  assert.match(
    await explain(t, "listen: { prt: 1 }"),
    /^the configuration cannot be used\n.*listen\.prt: is no known key/s,
  );
});
