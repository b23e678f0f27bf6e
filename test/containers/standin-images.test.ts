import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const SCRIPT = join(import.meta.dirname, "standin-images.sh");
const LIMIT_MS = 20_000;
/** Root's machine, where no daemon runs. */
const MACHINE = { id: "echo 0", dockerd: "exit 1", iptables: "exit 0" };

/** Of these the machine has none but those that a test gives it. */
const BROUGHT = ["docker", "cgroupfs-mount"];

/** The script's last words on a machine with these programs, written for sh, and what else this one has. */
function lastWords(t: TestContext, programs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-programs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ours = { ...MACHINE, ...programs };
  for (const name of readdirSync("/usr/bin"))
    if (!(name in ours || BROUGHT.includes(name))) symlinkSync(join("/usr/bin", name), join(folder, name));
  for (const [name, body] of Object.entries(ours))
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const { status, stderr } = spawnSync("bash", [SCRIPT, "prom/prometheus:none"], {
    env: { PATH: folder },
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  assert.equal(status, 1, stderr);
  return stderr.trim().split("\n").at(-1) ?? "";
}

const NO_DAEMON = { docker: "exit 1" };
/** Control groups are not mounted yet. */
const NO_GROUPS = { ...NO_DAEMON, grep: "exit 1" };
const NO_IMAGE = {
  docker: 'case "$1 $2" in "image inspect" | "pull "*) exit 1 ;; esac',
  debootstrap: "exit 0",
};

test("control groups that cannot be mounted are said to be the reason", (t) => {
  const said = lastWords(t, { ...NO_GROUPS, "cgroupfs-mount": "exit 1" });
  assert.match(said, /control groups .* cannot be mounted: this machine may not run containers/);
});

test("what mounts them and cannot be installed is said to be the reason", (t) => {
  const said = lastWords(t, { ...NO_GROUPS, "apt-get": "exit 100" });
  assert.match(said, /cgroupfs-mount could not be installed/);
});

test("a client that is a package of its own is installed", (t) => {
  assert.match(lastWords(t, { "apt-get": "exit 100" }), /docker-cli could not be installed/);
});

test("a daemon that does not start is said to be the reason", (t) => {
  assert.match(lastWords(t, { ...NO_DAEMON, setsid: "exit 1" }), /dockerd does not start/);
});

test("packages that cannot be fetched are said to be the reason", (t) => {
  const apt = 'case "$1" in indextargets) echo "bookworm http://mirror" ;; *) exit 100 ;; esac';
  assert.match(
    lastWords(t, { ...NO_IMAGE, "apt-get": apt }),
    /lists of trixie could not be fetched from http:\/\/mirror/,
  );
});

test("lists of packages are fetched once where there are none, and their lack is said to be the reason", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-apt-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const update = (updated: string) =>
    `case "$1" in indextargets) [ ! -e ${folder}/lists ] || echo "bookworm http://mirror" ;; update) ${updated} ;; *) exit 100 ;; esac`;
  assert.match(
    lastWords(t, { ...NO_IMAGE, "apt-get": update("exit 100") }),
    /apt has no lists of Debian's packages/,
  );
  // Where the update brings some, the next step is what fails.
  const one = update(`[ -z "$APT_CONFIG" ] || exit 100; touch ${folder}/lists`);
  assert.match(lastWords(t, { ...NO_IMAGE, "apt-get": one }), /lists of trixie could not be fetched/);
});
