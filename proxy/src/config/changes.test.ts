import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { listChanges } from "./changes.ts";
import type { Config } from "./config.ts";

const changes = (before: Config, after: Config) => listChanges(before, after);
const changesOf = (before: string, after: string, upstreams = ["", ""]) =>
  changes(
    ...([before, after].map((more, index) =>
      parseExperiment(more, { upstreams: upstreams[index] || '["http://a"]' }),
    ) as [Config, Config]),
  );
const MASKED = { from: "***", to: "***" };
const [ONE, OTHER] = ["the first secret of two", "the other secret of two"];

test("each value that differs is listed with its path, before and after", () => {
  assert.deepEqual(
    changesOf("log: { level: warn }\nidentity: { cookie: { ttl: 1d } }", "blind: { body: [label] }"),
    [
      { path: "identity.cookie.ttl", from: "1d", to: "30d" },
      { path: "blind.body", to: ["label"] },
      { path: "log.level", from: "warn", to: "info" },
    ],
  );
});

test("a value that is gone has no after, one that became something else is listed whole", () => {
  const map = { url: "http://b", host: "c" };
  assert.deepEqual(changesOf("listen: { unix: a }", "", ['["http://a"]', `[${JSON.stringify(map)}]`]), [
    { path: "variants[0].upstreams[0]", from: "http://a", to: map },
    { path: "listen.unix", from: "a" },
  ]);
});

test("each secret that differs is listed with its path and unsaid, also beside other changes", () => {
  const secrets = (secret: string, level: string) => `
identity: { cookie: { secret: "${secret}" } }
force: { secret: ["${ONE}", "${secret}"] }
limits: { rate: { requests: 1, per: 1s, redis: "redis://u:${encodeURIComponent(secret)}@redis.internal/1" } }
admin: { token: "${secret.replaceAll(" ", "-")}" }
log: { level: ${level} }`;
  const upstreams = [ONE, OTHER].map(
    (secret) => `[{ url: "http://a", headers: { authorization: "${secret}", x-same: same } }]`,
  );
  const found = changesOf(
    secrets("a secret of seven words at the least", "info"),
    secrets(OTHER, "warn"),
    upstreams,
  );
  assert.deepEqual(found, [
    { path: "variants[0].upstreams[0].headers.authorization", ...MASKED },
    { path: "identity.cookie.secret", ...MASKED },
    { path: "force.secret[1]", ...MASKED },
    { path: "limits.rate.redis", ...MASKED },
    { path: "admin.token", ...MASKED },
    { path: "log.level", from: "info", to: "warn" },
  ]);
});

test("a secret that comes or goes, and one among several, show as that", () => {
  const cookie = (secret: string) => `identity: { cookie: { secret: ${secret} } }`;
  assert.deepEqual(changesOf("", cookie(ONE)), [{ path: "identity.cookie.secret", to: "***" }]);
  assert.deepEqual(changesOf(cookie(ONE), cookie(`[${ONE}, ${OTHER}]`)), [
    { path: "identity.cookie.secret", from: "***", to: ["***", "***"] },
  ]);
  const config = parseExperiment("");
  const salted = (salt: string) => ({ ...config, experiment: { ...config.experiment, salt } });
  assert.deepEqual(changes(config, salted(ONE)), [{ path: "experiment.salt", from: "", to: "***" }]);
  assert.deepEqual(changes(salted(ONE), salted(OTHER)), [{ path: "experiment.salt", ...MASKED }]);
});

test("a PEM file with another text is listed, one of another name with its name", () => {
  const config = parseExperiment("");
  const withTls = (file: string, pem: string) => ({
    ...config,
    listen: { ...config.listen, tls: { cert: { file, pem }, key: { file: "key.pem", pem: "key" } } },
  });
  assert.deepEqual(changes(withTls("cert.pem", "old"), withTls("cert.pem", "new")), [
    { path: "listen.tls.cert", ...MASKED },
  ]);
  assert.deepEqual(changes(withTls("cert.pem", "old"), withTls("new.pem", "new")), [
    { path: "listen.tls.cert", from: "cert.pem", to: "new.pem" },
  ]);
});

test("equal configurations have no changes, a list of many says how many are left out", () => {
  const many = (value: string) =>
    `blind: { set_headers: { ${Array.from({ length: 53 }, (_, index) => `x-${index}: ${value}`).join(", ")} } }`;
  assert.deepEqual(changesOf(many("a"), many("a")), []);
  const found = changesOf(many("a"), many("b"));
  assert.equal(found.length, 51);
  assert.deepEqual(found.slice(-2), [
    { path: "blind.set_headers.x-49", from: "a", to: "b" },
    { path: "… and 3 more" },
  ]);
});
