import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { generate } from "selfsigned";
import { publicConfig } from "./file-form.ts";
import { refuseFixed } from "./fixed.ts";
import { loadConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

const pair = () => generate([{ name: "commonName", value: "models.internal" }], { keyType: "ec" });

/** A folder with these files beside a configuration whose only upstream and listener have this TLS. */
function writeFolder(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  upstreamTls: string,
  more = "",
) {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-pem-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "tls"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const file = join(folder, "experiment.yaml");
  const upstream = `{ url: "https://a", tls: ${upstreamTls} }`;
  writeFileSync(
    file,
    `experiment: { name: x }\nvariants:\n  - name: a\n    weight: 100\n    upstreams:\n      - ${upstream}\n${more}\n`,
  );
  return { folder, load: () => loadConfig(file, {}, {}) };
}

async function problemsOf(load: () => Promise<unknown>): Promise<string[]> {
  const error = await load().catch((error: unknown) => error);
  assert.ok(error instanceof ConfigError, String(error));
  return error.problems.map(({ path, line, message }) => `${line} ${path}: ${message}`);
}

test("certificates and keys are read relative to the configuration, chains and bundles too", async (t) => {
  const [own, other] = await Promise.all([pair(), pair()]);
  const { load } = writeFolder(
    t,
    {
      "tls/ca.pem": `# ours\n${own.cert}\n${other.cert}`,
      "c.pem": `${own.cert}\n${other.cert}`,
      "k.pem": own.private,
    },
    "{ ca: tls/ca.pem, cert: c.pem, key: k.pem }",
    "listen: { tls: { cert: c.pem, key: k.pem } }",
  );
  const { config } = await load();
  const tls = config.variants[0]?.upstreams[0]?.tls;
  assert.equal(tls?.ca?.file, "tls/ca.pem");
  assert.match(tls?.ca?.pem ?? "", /^# ours\n-----BEGIN CERTIFICATE-----/);
  assert.equal(config.listen.tls?.key.pem, own.private);
  assert.deepEqual(tls?.key, config.listen.tls?.key);
  const shown = JSON.stringify(publicConfig(config));
  assert.match(shown, /"tls":\{"ca":"tls\/ca\.pem","cert":"c\.pem","key":"k\.pem"/);
  assert.doesNotMatch(shown, /BEGIN/);
});

test("every flaw of a file is reported with the key that names it", async (t) => {
  const [own, other] = await Promise.all([pair(), pair()]);
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
  });
  const small = await generate([{ name: "commonName", value: "a" }], { keyType: "rsa", keySize: 1024 });
  const files = {
    "small.pem": small.cert,
    "small-key.pem": small.private,
    "c.pem": own.cert,
    "other.pem": other.private,
    "locked.pem": privateKey,
    "text.pem": "hunter2",
    "broken.pem": "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n",
    "big.pem": "x".repeat(1_048_577),
  };
  const cases = [
    [
      "{ ca: nowhere.pem }",
      /^6 variants\[0\]\.upstreams\[0\]\.tls\.ca: the file "nowhere\.pem" does not exist: names of PEM files are relative/,
    ],
    ["{ ca: c.pem/x }", /a part of its path is no directory$/],
    ["{ ca: tls }", /the file "tls" is a directory: name the PEM file in it$/],
    ["{ ca: big.pem }", /has 1048577 bytes: the limit is 1048576/],
    ["{ ca: text.pem }", /has no certificate: it must be PEM text with -----BEGIN CERTIFICATE-----/],
    ["{ ca: broken.pem }", /has a certificate that cannot be read, number 1 of 1: write it anew$/],
    [
      "{ cert: c.pem, key: text.pem }",
      /\.tls\.key: the file "text\.pem" has no private key: it must be PEM text/,
    ],
    ["{ cert: c.pem, key: c.pem }", /\.tls\.key: the file "c\.pem" has no private key/],
    ["{ cert: c.pem, key: locked.pem }", /\.tls\.key: .* has a key behind a passphrase: take it off/],
    [
      "{ cert: c.pem, key: other.pem }",
      /\.tls\.key: .* has a key that does not fit the certificate: name the key/,
    ],
    [
      '{ ca: "-----BEGIN CERTIFICATE-----\\n" }',
      /\.tls\.ca: is no name of a file: put the PEM text into a file/,
    ],
  ] as const;
  for (const [tls, expected] of cases) {
    const problems = await problemsOf(writeFolder(t, files, tls).load);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", expected);
    assert.doesNotMatch(problems[0] ?? "", /hunter2|aHVudGVyMg/);
  }
});

test("flaws of files come together with those of the text", async (t) => {
  const { load } = writeFolder(t, {}, "{ ca: a.pem, kay: b.pem }", "listen: { tls: { cert: a.pem } }");
  assert.deepEqual(
    (await problemsOf(load)).map((problem) => problem.replace(/: .*/, "")),
    [
      "6 variants[0].upstreams[0].tls.kay",
      "6 variants[0].upstreams[0].tls.ca",
      "7 listen.tls.key",
      "7 listen.tls.cert",
    ],
  );
});

test("a renewed certificate changes the configuration, and its hash only where the experiment uses it", async (t) => {
  const [before, after] = await Promise.all([pair(), pair()]);
  const { folder, load } = writeFolder(
    t,
    { "ca.pem": before.cert, "c.pem": before.cert, "k.pem": before.private },
    "{ ca: ca.pem }",
    "listen: { tls: { cert: c.pem, key: k.pem } }",
  );
  const first = await load();
  writeFileSync(join(folder, "c.pem"), after.cert);
  writeFileSync(join(folder, "k.pem"), after.private);
  const second = await load();
  assert.deepEqual(refuseFixed(first.config, second.config), []);
  assert.notDeepEqual(first.config, second.config);
  assert.equal(first.hash, second.hash);
  writeFileSync(join(folder, "ca.pem"), after.cert);
  assert.notEqual((await load()).hash, first.hash);
});
