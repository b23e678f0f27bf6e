/*
 * `install.mjs production|all`: runs before `npm start`, `npm test` and the like, and sees to it that what the lock file
 * names is installed. Nothing is installed yet when it runs, so it is plain JavaScript for any Node from 20 on, with no
 * dependencies. When there is nothing to do it compares one hash and returns.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const modules = join(root, "node_modules");
const stampFile = join(modules, ".blindsplit-installed.json");
const lockFile = join(root, ".blindsplit/install.lock");
const bundledNode = join(modules, ".bin/node");
const members = ["proxy", "worker"];
const oldestNode = 20;
const wantedNode = 26;
const lockLimitMs = 15 * 60_000;
const roomBytes = 1_000_000_000;

const say = (text) => fs.writeSync(2, `blindsplit: ${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

const majorOf = (version) => Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);

/** What the installed tree depends on; the platform too, because a tree may be carried to another machine. */
function wantedHash() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];
  for (const file of [...files, ...members.map((member) => `${member}/package.json`)])
    hash.update(`${file}\n`).update(fs.readFileSync(join(root, file)));
  return hash.digest("hex");
}

function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, "utf8"));
  } catch {
    return undefined;
  }
}

function isInstalled(stamp, scope, hash) {
  if (stamp?.hash !== hash || (stamp.scope !== "all" && stamp.scope !== scope)) return false;
  if (!members.every((member) => fs.existsSync(join(root, member, "node_modules")))) return false;
  return stamp.node === "bundled" ? fs.existsSync(bundledNode) : majorOf(process.version) >= wantedNode;
}

const wait = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Two installs at once would write the same tree; the second waits and then finds nothing left to do. */
function takeLock() {
  fs.mkdirSync(dirname(lockFile), { recursive: true });
  const latest = Date.now() + lockLimitMs;
  for (let told = false; ; wait(200)) {
    try {
      fs.writeFileSync(lockFile, String(process.pid), { flag: "wx" });
      process.on("exit", () => fs.rmSync(lockFile, { force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(readIfThere(lockFile));
    // Empty for the moment between its creation and its first byte.
    if (holder > 0 && !isAlive(holder)) fs.rmSync(lockFile, { force: true });
    else if (Date.now() > latest)
      fail(`another install holds ${lockFile}: if none is running, delete that file`);
    else if (!told && holder > 0) {
      told = true;
      say(`waiting for another install (process ${holder})`);
    }
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return fs.statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** npm and pnpm keep their caches under HOME; a container's user often has none that can be written to. */
function installEnvironment() {
  const environment = {
    // A network that is away shows in seconds, not in the minute that npm's own pauses take.
    npm_config_fetch_retry_mintimeout: "2000",
    npm_config_fetch_retry_maxtimeout: "10000",
    npm_config_update_notifier: "false",
    ...process.env,
  };
  // It would leave the development packages out of an install that is to have them.
  delete environment.NODE_ENV;
  if (process.platform !== "win32" && !isWritable(environment.HOME ?? "")) {
    environment.HOME = join(root, ".blindsplit/home");
    fs.mkdirSync(environment.HOME, { recursive: true });
    for (const name of Object.keys(environment))
      if (/^(npm_config_cache|xdg_(cache|data|state|config)_home)$/i.test(name)) delete environment[name];
  }
  return environment;
}

const isWindows = process.platform === "win32";

function npmTool(name, args, options) {
  return spawnSync(isWindows ? `${name}.cmd` : name, args, { cwd: root, shell: isWindows, ...options });
}

/** The reason for a failed install, as far as it can be told from here, and what helps. */
function remedyFor(result, environment) {
  if (result.error?.code === "ENOENT") return "npx was not found: install npm, which comes with Node";
  if (result.error) return `npx could not be run (${result.error.message})`;
  if (result.signal) return `it was ended by ${result.signal}`;
  const disk = fs.statfsSync?.(root);
  if (disk && disk.bavail * disk.bsize < roomBytes)
    return `the disk has only ${Math.round((disk.bavail * disk.bsize) / 1e6)} MB left: make room (1 GB) and run this again`;
  if (!isWritable(root)) return `${root} cannot be written to by this user: change its owner`;
  const quick = ["--fetch-retries=0", "--fetch-timeout=10000", "--loglevel=silent"];
  const ping = npmTool("npm", ["ping", ...quick], { env: environment, stdio: "ignore", timeout: 20_000 });
  if (ping.status !== 0)
    return "the package registry does not answer: check the network, or the proxy and registry settings of npm (npm ping), and run this again";
  return "its own message stands above";
}

function pnpmInstall(scope) {
  const { packageManager } = JSON.parse(fs.readFileSync(join(root, "package.json"), "utf8"));
  const args = ["--yes", packageManager, "install", "--frozen-lockfile", `--prod=${scope === "production"}`];
  // Going from one scope to the other, pnpm may want to ask before it rebuilds the folder.
  args.push("--config.confirm-modules-purge=false");
  if (!process.stderr.isTTY) args.push("--reporter=append-only");
  const environment = installEnvironment();
  // Its stdout goes to our stderr: what follows on stdout belongs to the program that is started next.
  const result = npmTool("npx", args, { env: environment, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) fail(`installing failed: ${remedyFor(result, environment)}`);
}

/** Which Node runs the product: the one just installed, or else the machine's own if it is new enough. */
function chooseNode() {
  const trial = spawnSync(bundledNode, ["--version"], { encoding: "utf8" });
  if (trial.status === 0 && majorOf(trial.stdout) >= wantedNode) return "bundled";
  const reason = (trial.stderr || trial.error?.code || "").trim().split("\n")[0];
  // A broken one would come first on the PATH of every script.
  fs.rmSync(bundledNode, { force: true });
  if (majorOf(process.version) >= wantedNode) return "machine";
  const missing = /libatomic/.test(reason) ? "install libatomic1 (apt-get install libatomic1), or " : "";
  return fail(
    `the bundled Node ${wantedNode} does not run on ${process.platform} ${process.arch} (${reason || "none for it"}): ` +
      `${missing}install Node ${wantedNode} or newer yourself (https://nodejs.org) and run this again`,
  );
}

function main() {
  const asked = process.argv[2];
  if (asked !== "production" && asked !== "all") fail("usage: node deploy/local/install.mjs production|all");
  if (majorOf(process.version) < oldestNode)
    fail(
      `Node ${process.version} is too old to install with: Node ${oldestNode} or newer is needed (https://nodejs.org)`,
    );

  const hash = wantedHash();
  if (isInstalled(readStamp(), asked, hash)) return;
  takeLock();
  const earlier = readStamp();
  if (isInstalled(earlier, asked, hash)) return;

  // A developer's tree stays one when only the lock file changed.
  const scope = earlier?.scope === "all" ? "all" : asked;
  const what = scope === "all" ? "the locked packages, with those for development" : "the locked packages";
  const why = earlier ? "they have changed since the last time" : "they are not here yet";
  say(`installing ${what}, and Node ${wantedNode}, into node_modules: ${why}`);
  fs.rmSync(stampFile, { force: true });
  pnpmInstall(scope);
  const node = chooseNode();
  fs.writeFileSync(stampFile, JSON.stringify({ hash, scope, node }));
}

main();
