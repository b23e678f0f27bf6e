import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

/*
 * A checkout with nothing installed and an `npx` of our own that lays down what pnpm would, and writes down how it was
 * called. That the real pnpm does its part is what every fresh clone tries.
 */
const standInNpx = `#!/bin/sh
echo "$@" >> calls
[ -n "$NPX_FAILS" ] && exit 1
mkdir -p node_modules/.bin proxy/node_modules worker/node_modules
[ -n "$NPX_WITHOUT_NODE" ] || ln -sf "${process.execPath}" node_modules/.bin/node
`;

function createCheckout(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "blindsplit-install-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["bin", "deploy/local", "proxy", "worker"])
    mkdirSync(join(root, folder), { recursive: true });
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "proxy/package.json", "worker/package.json"])
    writeFileSync(join(root, file), "{}");
  writeFileSync(join(root, "package.json"), '{"packageManager":"pnpm@1.2.3"}');
  cpSync(join(import.meta.dirname, "install.mjs"), join(root, "deploy/local/install.mjs"));
  for (const [name, text] of [
    ["npx", standInNpx],
    ["npm", "#!/bin/sh\nexit 1\n"],
  ] as const) {
    writeFileSync(join(root, "bin", name), text);
    chmodSync(join(root, "bin", name), 0o755);
  }
  const command = (scope: string) => [join(root, "deploy/local/install.mjs"), scope];
  const environment = (more: Record<string, string>) => ({
    PATH: `${root}/bin:/usr/bin:/bin`,
    HOME: root,
    ...more,
  });
  return {
    root,
    run(scope: string, more: Record<string, string> = {}) {
      const result = spawnSync(process.execPath, command(scope), {
        env: environment(more),
        encoding: "utf8",
      });
      return { status: result.status, said: result.stderr, stdout: result.stdout };
    },
    async runBeside(scope: string) {
      const child = spawn(process.execPath, command(scope), { env: environment({}), stdio: "ignore" });
      const [code] = await once(child, "exit");
      return code as number;
    },
    calls: () =>
      existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").trim().split("\n") : [],
  };
}

test("an install runs the pinned pnpm once, and then has nothing to say or do", (t) => {
  const checkout = createCheckout(t);
  const first = checkout.run("production");
  assert.equal(first.status, 0, first.said);
  assert.match(
    first.said,
    /installing the locked packages, and Node 26, into node_modules: they are not here yet/,
  );
  assert.match(
    checkout.calls()[0] ?? "",
    /^--yes --loglevel=silent pnpm@1\.2\.3 install --frozen-lockfile --prod=true --config\.node-version=26\.0\.0 /,
  );
  assert.deepEqual(checkout.run("production"), { status: 0, said: "", stdout: "" });
  assert.equal(checkout.calls().length, 1);
});

test("an install of everything is enough for production, and stays one when the lock file changes", (t) => {
  const checkout = createCheckout(t);
  checkout.run("production");
  assert.equal(checkout.run("all").said, "blindsplit: installing what development needs into node_modules\n");
  checkout.run("production");
  assert.equal(checkout.calls().length, 2);
  writeFileSync(join(checkout.root, "pnpm-lock.yaml"), "changed");
  assert.match(checkout.run("production").said, /changed since the last time/);
  assert.match(checkout.calls()[2] ?? "", /--prod=false/);
});

test("a tree with the development packages keeps them, with no stamp and with one for production", (t) => {
  const checkout = createCheckout(t);
  mkdirSync(join(checkout.root, "node_modules/.bin"), { recursive: true });
  writeFileSync(join(checkout.root, "node_modules/.bin/tsc"), "");
  checkout.run("production");
  assert.match(checkout.calls()[0] ?? "", /--prod=false/);
  const stamp = join(checkout.root, "node_modules/.blindsplit-installed.json");
  writeFileSync(stamp, JSON.stringify({ hash: "earlier", scope: "production", node: "bundled" }));
  checkout.run("production");
  assert.match(checkout.calls()[1] ?? "", /--prod=false/);
});

test("an install that failed says the remedy, leaves no stamp and is tried again", (t) => {
  const checkout = createCheckout(t);
  const failed = checkout.run("all", { NPX_FAILS: "1" });
  assert.equal(failed.status, 1);
  assert.match(failed.said, /installing failed: the package registry does not answer: check the network/);
  assert.equal(checkout.run("all").status, 0);
  assert.equal(checkout.calls().length, 2);
});

test("without a bundled Node the machine's own is taken when it is new enough", (t) => {
  const checkout = createCheckout(t);
  assert.equal(checkout.run("all", { NPX_WITHOUT_NODE: "1" }).status, 0);
  assert.deepEqual(checkout.run("all"), { status: 0, said: "", stdout: "" });
  assert.equal(checkout.calls().length, 1);
});

test("several installs at once install once, also after one that was killed", async (t) => {
  const checkout = createCheckout(t);
  mkdirSync(join(checkout.root, ".blindsplit"));
  const ended = spawnSync(process.execPath, ["--version"]);
  writeFileSync(join(checkout.root, ".blindsplit/install.lock"), String(ended.pid));
  const codes = await Promise.all([1, 2, 3].map(() => checkout.runBeside("all")));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(checkout.calls().length, 1);
});

test("a HOME that cannot be written to is replaced by one inside the checkout", (t) => {
  const checkout = createCheckout(t);
  writeFileSync(join(checkout.root, "bin/npx"), `${standInNpx}echo "$HOME" > home\n`);
  assert.equal(checkout.run("all", { HOME: "/nowhere/at/all" }).status, 0);
  assert.equal(
    readFileSync(join(checkout.root, "home"), "utf8").trim(),
    join(checkout.root, ".blindsplit/home"),
  );
});
