import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertDocker, docker, ROOT } from "./docker.ts";
import { type ImageFile, readImage } from "./image-files.ts";
import { Stack } from "./stack.ts";

/** What a builder's environment may hold; none of it may be in an image. */
const CANARIES = {
  BLINDSPLIT_SALT: "canary-salt-6f1d",
  BLINDSPLIT_TELEGRAM_TOKEN: "123:canary-token-6f1d",
  HF_TOKEN: "canary-hub-6f1d",
  NPM_TOKEN: "canary-npm-6f1d",
};
const TIERS = ["proxy", "worker"] as const;
const ARCHITECTURE = { x64: "x64", arm64: "arm64" }[process.arch as string] ?? process.arch;

const UNWANTED: readonly [string, RegExp][] = [
  ["compilers and linkers", /\/bin\/([\w-]*-)?(gcc|g\+\+|cc|c\+\+|clang|ld|as|make|cmake)(-[\d.]+)?$/],
  ["languages beside Node", /\/bin\/(python|perl|ruby|lua)[\d.]*$/],
  ["package managers", /\/bin\/(npm|npx|corepack|pnpm|pnpx|yarn|yarnpkg|pip[\d.]*|apt|apt-get|dpkg)$/],
  [
    "package managers' own files",
    /\/node_modules\/(npm|pnpm|corepack|node-linux-\w+)\/|\/var\/lib\/apt\/|\/etc\/apt\//,
  ],
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
const files = new Map<string, readonly ImageFile[]>();
const image = (tier: string) => `blindsplit/${tier}:${stack.project}`;

before(async () => {
  stack = await Stack.create();
  Object.assign(process.env, CANARIES);
  await stack.compose("build");
  for (const tier of TIERS) files.set(tier, await readImage(image(tier)));
});
after(() => stack.remove());

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
    const other = tier === "proxy" ? "worker" : "proxy";
    assert.ok(!paths.some((path) => path.startsWith(`app/${other}/`)), `nothing of the ${other}`);
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
  });

  test(`the image of the ${tier} holds no secret of who built it`, async () => {
    const [history, config] = await Promise.all([
      docker(["history", "--no-trunc", "--format", "{{.CreatedBy}}", image(tier)]),
      docker(["image", "inspect", image(tier)]),
    ]);
    for (const canary of Object.values(CANARIES)) assert.ok(!`${history}${config}`.includes(canary), canary);
    const { Env } = (await inspect(tier)).Config;
    const names = Env.map((entry) => entry.split("=")[0]);
    assert.deepEqual(
      names.filter((name) => /SALT|TOKEN|SECRET|PASSWORD|REGISTRY/.test(name ?? "")),
      [],
    );
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
    assert.equal(bom.metadata.component.purl, `pkg:npm/%40blindsplit/${tier}@${version}`);
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
