import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseExperiment,
  parseUpstreams,
  problemsOf,
  refuseEach,
} from "../../../test/support/small-experiment.ts";

test("an upstream is a URL, or a map that says more", () => {
  assert.deepEqual(
    parseUpstreams(
      '["http://a/", { url: "https://triton:8443/v2/models/b/", host: "b.internal:80", headers: { Authorization: "Bearer x" }, tls: { server_name: b.internal, verify: false } }]',
    ),
    [
      { url: "http://a", host: undefined, headers: {}, tls: undefined },
      {
        url: "https://triton:8443/v2/models/b",
        host: "b.internal:80",
        headers: { authorization: "Bearer x" },
        tls: { ca: undefined, cert: undefined, key: undefined, serverName: "b.internal", verify: false },
      },
    ],
  );
});

test("a wrong upstream is told what is wrong with just the form that was meant", () => {
  assert.deepEqual(problemsOf("", { upstreams: '[{ urll: "http://a" }]' }), [
    "variants[0].upstreams[0].url: is missing: write an absolute URL such as http://127.0.0.1:8101 or https://models.internal/v1/roberta",
    "variants[0].upstreams[0].urll: is no known key: did you mean url?",
  ]);
  refuseEach(
    [
      [
        "[5]",
        /^variants\[0\]\.upstreams\[0\]: must be a URL .*, or a map with url, host, headers, tls, and is 5$/,
      ],
      ["[[a]]", /and is a list$/],
      ["[{ url: 5 }]", /\.url: is 5, which is no URL: write an absolute URL/],
      ['["a:1"]', /\.upstreams\[0\]: "a:1" is no http:\/\/ or https:\/\/ URL/],
      ['[{ url: "a:1" }]', /\.upstreams\[0\]\.url: "a:1" is no http:\/\/ or https:\/\/ URL/],
      ['[{ url: "http://a", hst: b }]', /\.hst: is no known key: did you mean host\?$/],
      ['[{ url: "http://a", host: "http://b" }]', /\.host: "http:\/\/b" is no host: write a host name/],
      [
        '[{ url: "https://a", tls: { serverName: b } }]',
        /\.tls\.serverName: is no known key: did you mean server_name\?$/,
      ],
      ['[{ url: "https://a", tls: { verify: "no" } }]', /\.tls\.verify: must be true or false, and is "no"$/],
    ],
    (upstreams) => ["", { upstreams }],
  );
});

test("an upstream's headers are end-to-end ones with values that fit on one line", () => {
  const given = (headers: string) =>
    ["", { upstreams: `[{ url: "http://a", headers: ${headers} }]` }] as const;
  refuseEach(
    [
      ["{ Host: b }", /\.headers\.Host: "host" cannot be used here: .* key host\)$/],
      ["{ Transfer-Encoding: chunked }", /\.headers\.Transfer-Encoding: .* cannot be used here/],
      ["{ content-length: '1' }", /cannot be used here/],
      ["{ x-forwarded-for: b }", /cannot be used here/],
      ["{ 'a b': c }", /\.headers\.a b: "a b" is no header name/],
      ["{ __proto__: c }", /\.headers\.__proto__: "__proto__" cannot be used here: remove it$/],
      ["{ x-a: b, X-A: c }", /\.headers\.X-A: "X-A" stands twice in this map, in another case: remove one/],
      ["{ x-a: 5 }", /\.headers\.x-a: must be text, and is a number: put it in quotes$/],
      ['{ x-a: "hunter2\\r\\nx: y" }', /\.headers\.x-a: has control characters(?!.*hunter2)/],
      ['{ x-a: "hunter2\\n" }', /a secret file often ends in a line end\)$/],
      ["{ x-a: 'é' }", /characters outside of ASCII/],
    ],
    given,
  );
  const [address] = parseUpstreams('[{ url: "http://a", headers: { X-A: "b  c", x-empty: "" } }]') ?? [];
  assert.deepEqual(address?.headers, { "x-a": "b  c", "x-empty": "" });
});

test("the same upstream twice is refused in whatever form, unless host or headers differ", () => {
  const given = (upstreams: string) => ["", { upstreams }] as const;
  const twice = /^variants\[0\]\.upstreams\[1\]: stands twice in this list: remove one of the two$/;
  refuseEach(
    [
      ['["http://a", "http://a/"]', twice],
      ['["http://a", { url: "http://A:80" }]', twice],
      ['[{ url: "https://a", tls: { verify: false } }, "https://a"]', twice],
      ['[{ url: "http://a", headers: { x: b, y: c } }, { url: "http://a", headers: { Y: c, X: b } }]', twice],
    ],
    given,
  );
  const many =
    '["http://a", { url: "http://a", host: b }, { url: "http://a", headers: { x: b } }, "http://a/b"]';
  assert.deepEqual(problemsOf("", { upstreams: many }), []);
});

test("headers whose values are no texts are no crash", () => {
  const address = '{ url: "http://a", headers: { x: { toString: 1 } } }';
  assert.deepEqual(problemsOf("", { upstreams: `[${address}, ${address}]` }), [
    "variants[0].upstreams[0].headers.x: must be text, and is a map of keys: put it in quotes",
    "variants[0].upstreams[1].headers.x: must be text, and is a map of keys: put it in quotes",
    "variants[0].upstreams[1]: stands twice in this list: remove one of the two",
  ]);
});

test("TLS needs https, and a client certificate its key", () => {
  refuseEach(
    [
      [
        '[{ url: "http://a", tls: { verify: false } }]',
        /\.tls: needs an https:\/\/ address: change the url, or remove tls$/,
      ],
    ],
    (upstreams) => ["", { upstreams }],
  );
  assert.match(
    problemsOf("", { upstreams: '[{ url: "https://a", tls: { cert: a.pem } }]' }).join("\n"),
    /\.tls\.cert: needs key beside it: name both files, or none/,
  );
});

test("every deadline, limit and check towards the upstreams can be set", () => {
  const { upstream } = parseExperiment(`
upstream:
  connect_timeout: 2s
  first_byte_timeout: 3s
  idle_timeout: 4s
  total_timeout: 5m
  keep_alive: 6s
  max_in_flight: 7
  queue: { size: 8, timeout: 9ms }
  retry_budget: 12.5
  require_framing: true
  on_unavailable: fallback
  dns_refresh: 10s
  health: { path: "/v2/health?x=1", interval: 11s, timeout: 12s, healthy_after: 13, unhealthy_after: 14 }
  ejection: { failures: 0, base: 15s, max: 15s }`);
  assert.deepEqual(upstream, {
    connectTimeoutMs: 2000,
    firstByteTimeoutMs: 3000,
    idleTimeoutMs: 4000,
    totalTimeoutMs: 300_000,
    keepAliveMs: 6000,
    maxInFlight: 7,
    queue: { size: 8, timeoutMs: 9 },
    retryBudget: 0.125,
    requireFraming: true,
    onUnavailable: "fallback",
    dnsRefreshMs: 10_000,
    health: {
      path: "/v2/health?x=1",
      intervalMs: 11_000,
      timeoutMs: 12_000,
      healthyAfter: 13,
      unhealthyAfter: 14,
    },
    ejection: { afterFailures: 0, baseMs: 15_000, maxMs: 15_000 },
  });
});

test("what the upstreams cannot be asked for is refused with the limit", () => {
  refuseEach(
    [
      [
        "{ total_timeout: never }",
        /^upstream\.total_timeout: "never" is no duration: .*\(1ms to 24h\), or off$/,
      ],
      ["{ total_timeout: 25h }", /25h is out of range: use 1ms to 24h, or off$/],
      ["{ queue: 5 }", /^upstream\.queue: must be a map of keys, and is 5$/],
      ["{ queue: { timeot: 1s } }", /^upstream\.queue\.timeot: is no known key: did you mean timeout\?$/],
      ["{ retry_budget: 101 }", /101 is too large: the most is 100$/],
      ["{ retry_budget: -0.1 }", /-0\.1 is too small: the least is 0$/],
      ["{ require_framing: yes }", /must be true or false, and is "yes"$/],
      ["{ on_unavailable: fial }", /"fial" is not possible here: use fail, fallback$/],
      ["{ dns_refresh: 500ms }", /500ms is out of range: use 1s to 1h$/],
      ["{ health: { path: readyz } }", /^upstream\.health\.path: "readyz" is no path: begin it with \//],
      ["{ health: { path: '/a b' } }", /is no path/],
      ["{ health: { path: '/readyz#x' } }", /is no path: begin it with .*leave # away, such as/],
      ["{ health: { healthy_after: 0 } }", /0 is too small: the least is 1$/],
      ["{ ejection: { failures: 1001 } }", /1001 is too large: the most is 1000$/],
      [
        "{ ejection: { base: 1m } }",
        /^upstream\.ejection\.max: the longest back-off \(30000 ms\) is shorter than the first \(60000 ms\)/,
      ],
    ],
    (yaml) => [`upstream: ${yaml}`],
  );
});
