import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { loadExperiment, parseExperiment } from "../../../test/support/small-experiment.ts";
import { publicConfig } from "./file-form.ts";
import { parseConfig } from "./load.ts";

/** Every key that is no secret and names no file, away from its default. */
const EVERYTHING = `
identity:
  header: { name: X-Account, trusted_from: [10.0.0.0/8] }
  cookie: { name: s, ttl: 36h, secure: true, same_site: None, domain: example.com }
  address: on
  trusted_hops: 2
upstream:
  connect_timeout: 1500ms
  first_byte_timeout: 3s
  idle_timeout: 4s
  total_timeout: 5m
  keep_alive: 6s
  max_in_flight: 7
  queue: { size: 8, timeout: 9ms }
  retry_budget: 7
  require_framing: true
  on_unavailable: fallback
  dns_refresh: 10s
  health: { path: /ok, interval: 11s, timeout: 12s, healthy_after: 13, unhealthy_after: 14 }
  ejection: { failures: 0, base: 15s, max: 16s }
blind:
  headers: [X-Cost]
  set_headers: { Server: edge }
  client_errors: replace
  hidden_paths: [/internal]
  framing: pass
  body: [label, score]
  pad_latency: { to: 300ms }
listen: { host: "::", port: 1, unix: a.sock, reuse_port: true, max_connections: 2, max_connections_per_address: 3 }
limits: { body: 10MiB, body_timeout: 4s, max_in_flight: 5, rate: { requests: 6, per: 7s, redis: "redis://redis.internal" } }
admin: { host: "::", port: 2, hosts: [proxy.internal], page: off, replicas: ["http://proxy.internal:8081"] }
reload: { poll: 10s, deadline: 11m }
shutdown: { deadline: 12s, drain_delay: 13s }
log: { level: warn, access: sampled, sample: 0.7 }`;

test("the public form can be loaded again and means the same, whatever is set", () => {
  const upstreams = '["http://a", { url: "https://b", host: c, tls: { server_name: d, verify: false } }]';
  for (const more of ["", EVERYTHING, "blind: { pad_latency: p95 }", "limits: { body: 1000 }"]) {
    const loaded = loadExperiment(more, { upstreams });
    const again = parseConfig(stringify(publicConfig(loaded.config)), "x.yaml", {}, {});
    assert.deepEqual(again.config, loaded.config);
    assert.equal(again.hash, loaded.hash);
  }
});

test("the public form says that secrets are there and never what they are", () => {
  const secret = "hunter2-hunter2-hunter2";
  const config = parseExperiment(
    `identity: { cookie: { secret: [${secret}a, ${secret}b] } }
force: { secret: ${secret} }
limits: { rate: { requests: 1, per: 1s, redis: "redis://hunter2:hunter2@redis.internal/1" } }
admin: { token: ${secret} }`,
    { upstreams: `[{ url: "http://a", headers: { authorization: ${secret} } }]` },
  );
  const shown = JSON.stringify(
    publicConfig({ ...config, experiment: { ...config.experiment, salt: secret } }),
  );
  assert.doesNotMatch(shown, /hunter2/);
  for (const expected of [
    '"salt":"***"',
    '"secret":["***","***"]',
    '"secret":"***"',
    '"redis":"redis://***@redis.internal/1"',
    '"token":"***"',
    '"headers":{"authorization":"***"}',
  ])
    assert.ok(shown.includes(expected), `${expected} in ${shown}`);
});

test("the hash follows secrets and headers of upstreams", () => {
  const hash = (more: string, upstreams = '["http://a"]') => loadExperiment(more, { upstreams }).hash;
  const hashes = [
    hash(""),
    hash("identity: { cookie: { secret: sixteen-and-more-1 } }"),
    hash("identity: { cookie: { secret: sixteen-and-more-2 } }"),
    hash("force: { secret: sixteen-and-more-1 }"),
    hash("", '[{ url: "http://a", headers: { x: a } }]'),
    hash("", '[{ url: "http://a", headers: { x: b } }]'),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(
    hash("admin: { token: sixteen-and-more-1 }\nlog: { access: all }\nlisten: { unix: a }"),
    hashes[0],
  );
});
