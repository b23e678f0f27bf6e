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

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const MODULES = join(ROOT, "node_modules");
const STAMP_FILE = join(MODULES, ".blindsplit-installed.json");
const LOCK_FILE = join(ROOT, ".blindsplit/install.lock");
const BUNDLED_NODE = join(MODULES, ".bin/node");
const MEMBERS = ["proxy", "worker"];
const OLDEST_NODE = 20;
const WANTED_NODE = 26;
const LOCK_LIMIT_MS = 15 * 60_000;
const ROOM_BYTES = 1_000_000_000;

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
  for (const file of [...files, ...MEMBERS.map((member) => `${member}/package.json`)])
    hash.update(`${file}\n`).update(fs.readFileSync(join(ROOT, file)));
  return hash.digest("hex");
}

function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(STAMP_FILE, "utf8"));
  } catch {
    return undefined;
  }
}

function isInstalled(stamp, scope, hash) {
  if (stamp?.hash !== hash || (stamp.scope !== "all" && stamp.scope !== scope)) return false;
  if (!MEMBERS.every((member) => fs.existsSync(join(ROOT, member, "node_modules")))) return false;
  return stamp.node === "bundled" ? fs.existsSync(BUNDLED_NODE) : majorOf(process.version) >= WANTED_NODE;
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
  fs.mkdirSync(dirname(LOCK_FILE), { recursive: true });
  const latest = Date.now() + LOCK_LIMIT_MS;
  for (let told = false; ; wait(200)) {
    try {
      fs.writeFileSync(LOCK_FILE, String(process.pid), { flag: "wx" });
      process.on("exit", () => fs.rmSync(LOCK_FILE, { force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(readIfThere(LOCK_FILE));
    // Empty for the moment between its creation and its first byte.
    if (holder > 0 && !isAlive(holder)) fs.rmSync(LOCK_FILE, { force: true });
    else if (Date.now() > latest)
      fail(`another install holds ${LOCK_FILE}: if none is running, delete that file`);
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
    environment.HOME = join(ROOT, ".blindsplit/home");
    fs.mkdirSync(environment.HOME, { recursive: true });
    for (const name of Object.keys(environment))
      if (/^(npm_config_cache|xdg_(cache|data|state|config)_home)$/i.test(name)) delete environment[name];
  }
  return environment;
}

const IS_WINDOWS = process.platform === "win32";

function npmTool(name, args, options) {
  return spawnSync(IS_WINDOWS ? `${name}.cmd` : name, args, { cwd: ROOT, shell: IS_WINDOWS, ...options });
}

const packageManager = () => JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8")).packageManager;

/** The reason for a failed install, as far as it can be told from here, and what helps. */
function remedyFor(result, environment) {
  if (result.error?.code === "ENOENT") return "npx was not found: install npm, which comes with Node";
  if (result.error) return `npx could not be run (${result.error.message})`;
  if (result.signal) return `it was ended by ${result.signal}`;
  const disk = fs.statfsSync?.(ROOT);
  if (disk && disk.bavail * disk.bsize < ROOM_BYTES)
    return `the disk has only ${Math.round((disk.bavail * disk.bsize) / 1e6)} MB left: make room (1 GB) and run this again`;
  if (!isWritable(ROOT)) return `${ROOT} cannot be written to by this user: change its owner`;
  const quick = ["--fetch-retries=0", "--fetch-timeout=10000", "--loglevel=silent"];
  const ping = npmTool("npm", ["ping", ...quick], { env: environment, stdio: "ignore", timeout: 20_000 });
  if (ping.status !== 0)
    return "the package registry does not answer: check the network, or the proxy and registry settings of npm (npm ping), and run this again";
  return `what stands above says why; if nothing does, npx ${packageManager()} --version will`;
}

function pnpmInstall(scope) {
  // Silent is npm alone, whose stack trace says less about a missing network than remedyFor; pnpm still shows its progress.
  const args = ["--yes", "--loglevel=silent", packageManager(), "install", "--frozen-lockfile"];
  args.push(`--prod=${scope === "production"}`);
  // The packages run on the Node installed with them: pnpm must not warn that this one is too old for them.
  args.push(`--config.node-version=${WANTED_NODE}.0.0`);
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
  const trial = spawnSync(BUNDLED_NODE, ["--version"], { encoding: "utf8" });
  if (trial.status === 0 && majorOf(trial.stdout) >= WANTED_NODE) return "bundled";
  const reason = (trial.stderr || trial.error?.code || "").trim().split("\n")[0];
  // A broken one would come first on the PATH of every script.
  fs.rmSync(BUNDLED_NODE, { force: true });
  if (majorOf(process.version) >= WANTED_NODE) return "machine";
  const missing = /libatomic/.test(reason) ? "install libatomic1 (apt-get install libatomic1), or " : "";
  return fail(
    `the bundled Node ${WANTED_NODE} does not run on ${process.platform} ${process.arch} (${reason || "none for it"}): ` +
      `${missing}install Node ${WANTED_NODE} or newer yourself (https://nodejs.org) and run this again`,
  );
}

function main() {
  const asked = process.argv[2];
  if (asked !== "production" && asked !== "all") fail("usage: node deploy/local/install.mjs production|all");
  if (majorOf(process.version) < OLDEST_NODE)
    fail(
      `Node ${process.version} is too old to install with: Node ${OLDEST_NODE} or newer is needed (https://nodejs.org)`,
    );

  const hash = wantedHash();
  if (isInstalled(readStamp(), asked, hash)) return;
  takeLock();
  const earlier = readStamp();
  if (isInstalled(earlier, asked, hash)) return;

  // A developer's tree stays one, also when nothing here made it: pnpm would prune what production does not need.
  const scope = earlier?.scope === "all" || fs.existsSync(join(MODULES, ".bin/tsc")) ? "all" : asked;
  const what = scope === "all" ? "the locked packages, with those for development" : "the locked packages";
  const why = earlier ? "they have changed since the last time" : "they are not here yet";
  const onlyWidens = isInstalled(earlier, earlier?.scope, hash);
  say(
    onlyWidens
      ? "installing what development needs into node_modules"
      : `installing ${what}, and Node ${WANTED_NODE}, into node_modules: ${why}`,
  );
  fs.rmSync(STAMP_FILE, { force: true });
  pnpmInstall(scope);
  const node = chooseNode();
  fs.writeFileSync(STAMP_FILE, JSON.stringify({ hash, scope, node }));
}

main();
