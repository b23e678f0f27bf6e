import assert from "node:assert/strict";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertDocker, docker, ROOT } from "./docker.ts";
import { countInImage, type ImageFile, readImage } from "./image-files.ts";
import { copySources, makePrivate, removeSources } from "./sources.ts";
import { Stack } from "./stack.ts";

/** What a builder's environment, and files, may hold; none of it may be in an image. */
const CANARY = "canary-6f1d";
const CANARIES = {
  BLINDSPLIT_SALT: `${CANARY}-salt`,
  BLINDSPLIT_TELEGRAM_TOKEN: `123:${CANARY}-token`,
  HF_TOKEN: `${CANARY}-hub`,
  NPM_TOKEN: `${CANARY}-npm`,
};
/** Where people write secrets. */
const CANARY_FILES = [
  "config/experiment.yaml",
  "config/ratings.yaml",
  "config/workers/distilbert.yaml",
  "config/workers/ours.yaml",
  "deploy/.env",
  "proxy/.env",
  "proxy/src/.env.production",
  "worker/.npmrc",
  "worker/training/secret.py",
  ".npmrc",
  ".env",
];
const TIERS = ["proxy", "worker"] as const;
/** The judge and the report are in the gateway's image. */
const FOREIGN = { proxy: ["worker"], worker: ["proxy", "analysis"] };
/** What the list of packages is of: one tier, or all that are in it. */
const LISTED = { proxy: "blindsplit", worker: "%40blindsplit/worker" };
const LACKS = {
  proxy:
    /\/app\/config\/experiment\.yaml does not exist: check the path given by --config or BLINDSPLIT_CONFIG/,
  worker: /name is not set; give --name, BLINDSPLIT_NAME or a file with --config/,
};
const ARCHITECTURE = { x64: "x64", arm64: "arm64" }[process.arch as string] ?? process.arch;

const UNWANTED: readonly [string, RegExp][] = [
  ["compilers and linkers", /\/bin\/([\w-]*-)?(gcc|g\+\+|cc|c\+\+|clang|ld|as|make|cmake)(-[\d.]+)?$/],
  [
    "languages beside Node and the shell",
    /\/bin\/(python|perl|ruby|lua)[\d.]*$|^usr\/(share|lib\/[^/]+)\/perl/,
  ],
  [
    "package managers",
    /\/s?bin\/(npm|npx|corepack|pnpm|pnpx|yarn|yarnpkg|pip[\d.]*|(apt|dpkg|debconf|deb-systemd|update-(alternatives|rc))[\w.-]*)$/,
  ],
  [
    "package managers' own files",
    /\/node_modules\/(npm|pnpm|corepack|node-linux-\w+)\/|^(var\/lib|etc|usr\/lib)\/apt\/|\/libapt-[^/]*\.so|^usr\/share\/debconf\//,
  ],
  [
    "accounts",
    /\/s?bin\/(su|sudo|sg|newgrp|login|g?passwd|ch(age|fn|sh|passwd)|(add|del)(user|group)|(user|group)(add|del|mod))$/,
  ],
  ["passwords", /^etc\/(g?shadow-?|passwd-)$/],
  ["file systems", /\/s?bin\/(u?mount|mkfs[\w.]*|fsck[\w.]*|losetup|swapon)$/],
  ["configuration", /^app\/config\//],
  ["caches", /\/(_cacache|\.npm|\.pnpm-store|\.cache)\/|\/pnpm\/store\//],
  ["tools that fetch", /\/bin\/(git|curl|wget|ssh|scp)$/],
  ["histories of shells", /\.(\w+_)?history$/],
  [
    "settings and secrets of builders",
    /\/\.(npmrc|yarnrc|env|netrc|git|dockerenv-build)(\/|$)|\/\.(ssh|aws|docker)\//,
  ],
  ["tests", /^app\/.*(\.test\.ts$|\/(test|tests|testing|fixtures|standin)\/|\/test-[\w-]+\.ts$)/],
  ["training and evaluation", /^app\/.*(training|evaluation)\/|\.(py|tsv)$/],
  ["documents", /^app\/(?!.*licen[cs]e).*\.md$/i],
  ["what only compilers and debuggers read", /^app\/node_modules\/.*(\.map|\.d\.[cm]?ts)$/],
  ["other platforms", /\.(dll|dylib|exe)$|\/bin\/napi-v\d+\/(?!linux\/|$)/],
  ["other processors", new RegExp(`/napi-v\\d+/linux/(?!${ARCHITECTURE}/).`)],
  ["accelerators", /onnxruntime_providers_(cuda|tensorrt|rocm)/],
];

before(assertDocker);

let stack: Stack;
let sources: string;
const files = new Map<string, readonly ImageFile[]>();
const image = (tier: string) => `blindsplit/${tier}:${stack.project}`;

before(async () => {
  sources = await copySources();
  for (const file of CANARY_FILES) await appendFile(join(sources, file), `\n# ${CANARY}\n`);
  stack = await Stack.create(undefined, CANARIES, sources);
  await stack.compose("build");
  for (const tier of TIERS) files.set(tier, await readImage(image(tier)));
});
after(async () => {
  await stack.remove();
  await removeSources(sources);
});

interface Image {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Healthcheck?: { readonly Test: readonly string[] };
    readonly StopSignal: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}
const inspect = async (tier: string) =>
  (JSON.parse(await docker(["image", "inspect", image(tier)])) as [Image])[0];

for (const tier of TIERS) {
  test(`the image of the ${tier} has nothing that it does not need`, () => {
    const paths = files.get(tier)?.map(({ path }) => path) ?? [];
    assert.ok(paths.includes(`app/${tier}/src/main.ts`), "the program is where it was looked for");
    for (const [what, pattern] of UNWANTED) {
      assert.deepEqual(
        paths.filter((path) => pattern.test(path)),
        [],
        what,
      );
    }
    for (const part of FOREIGN[tier])
      assert.ok(!paths.some((path) => path.startsWith(`app/${part}/`)), `nothing of ${part}/`);
    const native = paths.filter((path) => /\.(node|so(\.\d+)*)$/.test(path) && path.startsWith("app/"));
    assert.equal(native.length, tier === "worker" ? 2 : 0, native.join(" "));
  });

  test(`the image of the ${tier} runs as an ordinary user who may change nothing in it`, async () => {
    const { Config } = await inspect(tier);
    assert.equal(Config.User, "1000:1000");
    assert.equal(Config.StopSignal, "SIGTERM");
    assert.equal(Config.Entrypoint[0], "node");
    assert.equal(Config.Healthcheck?.Test[0], "CMD", "a check without a shell");
    const all = files.get(tier) ?? [];
    const privileged = all.filter(({ mode }) => /^-..s|^-.{5}s/.test(mode));
    assert.deepEqual(privileged, [], "setuid and setgid");
    const writable = all.filter(
      ({ path, mode, owner }) => path.startsWith("app") && (owner !== "0/0" || /^[^l].{7}w/.test(mode)),
    );
    assert.deepEqual(writable, []);
    const unreadable = all.filter(
      ({ path, mode }) => path.startsWith("app") && !/^d.{6}r.x|^[^d].{6}r/.test(mode),
    );
    assert.deepEqual(unreadable, []);
  });

  test(`the image of the ${tier} holds no secret of who built it`, async () => {
    const [history, config] = await Promise.all([
      docker(["history", "--no-trunc", "--format", "{{.CreatedBy}}", image(tier)]),
      docker(["image", "inspect", image(tier)]),
    ]);
    assert.ok(!`${history}${config}`.includes(CANARY));
    assert.equal(await countInImage(image(tier), CANARY), 0);
    assert.ok((await countInImage(image(tier), `@blindsplit/${tier}`)) > 0, "text in files is found");
    const { Env } = (await inspect(tier)).Config;
    const names = Env.map((entry) => entry.split("=")[0]);
    assert.deepEqual(
      names.filter((name) => /SALT|TOKEN|SECRET|PASSWORD|REGISTRY/.test(name ?? "")),
      [],
    );
  });

  test(`the image of the ${tier} has no script whose interpreter is gone`, async () => {
    const script = `
      const dead = fs.globSync("/{etc,opt,usr,var}/**", { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.parentPath + "/" + entry.name)
        .filter((file) => {
          let first = "";
          try { first = fs.readFileSync(file, "latin1").slice(0, 200).split("\\n")[0] } catch (error) { if (error.code !== "EACCES") throw error }
          const interpreter = /^#! *(\\/\\S+)/.exec(first)?.[1];
          return interpreter !== undefined && !fs.existsSync(interpreter);
        });
      console.log(dead.join(" "));`;
    assert.equal(await runInImage(tier, script, []), "");
  });

  test(`the image of the ${tier} says which configuration it lacks`, async () => {
    const run = docker(["run", "--rm", "--network", "none", image(tier)]);
    await assert.rejects(run, { message: LACKS[tier] });
  });

  test(`the image of the ${tier} lists exactly the packages that are in it`, async () => {
    const installed = await docker(["run", "--rm", "--network", "none", image(tier), "--version"]);
    assert.match(installed, /\d+\.\d+\.\d+/);
    const bom = JSON.parse(await readInImage(tier, "/app/sbom.json")) as {
      bomFormat: string;
      metadata: { component: { purl: string } };
      components: { purl: string; licenses?: unknown[] }[];
    };
    const { version } = JSON.parse(await readFile(join(ROOT, tier, "package.json"), "utf8")) as {
      version: string;
    };
    assert.equal(bom.bomFormat, "CycloneDX");
    assert.equal(bom.metadata.component.purl, `pkg:npm/${LISTED[tier]}@${version}`);
    const manifests = files.get(tier)?.filter(({ path }) => isManifest(path)) ?? [];
    const found = JSON.parse(
      await runInImage(
        tier,
        "console.log(JSON.stringify(process.argv.slice(1).map((f) => { const p = JSON.parse(fs.readFileSync(f)); return p.name + '@' + p.version })))",
        manifests.map(({ path }) => `/${path}`),
      ),
    ) as string[];
    const listed = bom.components.map(({ purl }) => decodeURIComponent(purl.replace("pkg:npm/", "")));
    assert.deepEqual(new Set(found), new Set(listed));
    assert.equal(found.length, listed.length);
    assert.ok(found.length > 20);
    assert.deepEqual(
      bom.components.filter(({ licenses }) => !licenses?.length).map(({ purl }) => purl),
      [],
    );
  });

  test(`the image of the ${tier} says what it is`, async (t) => {
    const { Config, Size } = await inspect(tier);
    const { version } = JSON.parse(await readFile(join(ROOT, tier, "package.json"), "utf8")) as {
      version: string;
    };
    const label = (name: string) => Config.Labels[`org.opencontainers.image.${name}`];
    assert.equal(label("title"), `blindsplit-${tier}`);
    assert.equal(label("version"), version);
    assert.equal(label("licenses"), "MIT");
    t.diagnostic(`${tier}: ${Math.round(Size / 1e6)} MB, ${files.get(tier)?.length} files`);
  });
}

test("the judge and the report are in the gateway's image, and say which configuration they lack", async () => {
  const run = ["run", "--rm", "--network", "none", "--read-only", "--entrypoint", "node", image("proxy")];
  for (const command of ["judge", "report"])
    await assert.rejects(docker([...run, "/app/analysis/src/main.ts", command]), { message: LACKS.proxy });
});

test("a clone that only its owner may read makes files that everybody may read", async (t) => {
  await makePrivate(sources);
  for (const tier of TIERS) {
    const tag = image(`${tier}-ours`);
    const file = join(sources, `deploy/${tier}.Dockerfile`);
    await docker(["build", "--quiet", "--target", "ours", "--file", file, "--tag", tag, sources]);
    t.after(() => docker(["rmi", "--force", tag]));
    const ours = (await readImage(tag)).filter(({ path }) => path.startsWith("app/"));
    assert.ok(ours.some(({ path }) => path === `app/${tier}/src/main.ts`));
    assert.deepEqual(new Set(ours.map(({ mode }) => mode)), new Set(["drwxr-xr-x", "-rw-r--r--"]));
  }
});

/** `node_modules/NAME/package.json`, also below other packages; not those that packages have in folders of their own. */
function isManifest(path: string): boolean {
  return /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path);
}

const readInImage = (tier: string, file: string) =>
  runInImage(tier, "process.stdout.write(fs.readFileSync(process.argv[1]))", [file]);

function runInImage(tier: string, script: string, args: readonly string[]): Promise<string> {
  const before = ["run", "--rm", "--network", "none", "--read-only", "--entrypoint", "node", image(tier)];
  return docker([...before, "--eval", script, ...args]);
}
