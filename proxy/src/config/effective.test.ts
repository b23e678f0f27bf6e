import assert from "node:assert/strict";
import { test } from "node:test";
import type { Overrides } from "./effective.ts";
import { parseConfig } from "./load.ts";

const GOOD = `experiment: { name: sentiment }
variants:
  - { name: a, weight: 60, upstreams: ["http://a:8000/"] }
  - { name: b, weight: 40, upstreams: ["https://b/v2/models/b"] }
`;
const parse = (text: string, overrides: Overrides = {}) => parseConfig(text, "x.yaml", overrides, {});

test("everything but the name and the variants has a default", () => {
  const plain = (url: string) => ({ url, host: undefined, headers: {}, tls: undefined });
  const { config } = parse(GOOD);
  assert.deepEqual(config, {
    experiment: { name: "sentiment", salt: "", phase: 1 },
    variants: [
      { name: "a", weight: 60, control: true, upstreams: [plain("http://a:8000")] },
      { name: "b", weight: 40, control: false, upstreams: [plain("https://b/v2/models/b")] },
    ],
    identity: {
      header: "x-user-id",
      headerTrustedFrom: undefined,
      cookie: {
        name: "model_session",
        ttlSeconds: 2_592_000,
        secure: false,
        sameSite: "Lax",
        domain: undefined,
        secrets: [],
        acceptUnsignedUntil: undefined,
      },
      address: false,
      trustedHops: 0,
    },
    force: undefined,
    exposure: { methods: undefined, paths: undefined },
    outcomes: undefined,
    analysis: {
      metric: "error_ratio",
      direction: "decrease",
      margin: 0.01,
      alpha: 0.05,
      guardrailAlpha: 0.05,
      tau: 0.02,
      horizonMs: 2_592_000_000,
      plannedLooks: undefined,
      maturityMs: 86_400_000,
      neutral: "own-class",
      slowerThanMs: 500,
      guardrails: [{ metric: "error_ratio", direction: "decrease", margin: 0.005 }],
      secondary: [],
    },
    shadow: undefined,
    judge: {
      host: "127.0.0.1",
      port: 8082,
      hosts: [],
      url: undefined,
      stepMs: 300_000,
      prometheus: undefined,
      gateways: [],
      state: ".blindsplit/judge.json",
      stop: "off",
      stopFile: undefined,
      pollMs: 5000,
    },
    upstream: {
      connectTimeoutMs: 1000,
      firstByteTimeoutMs: 30_000,
      idleTimeoutMs: 60_000,
      totalTimeoutMs: undefined,
      keepAliveMs: 4000,
      maxInFlight: 512,
      queue: { size: 0, timeoutMs: 1000 },
      retryBudget: 0.2,
      requireFraming: false,
      onUnavailable: "fail",
      dnsRefreshMs: 30_000,
      health: { path: undefined, intervalMs: 1000, timeoutMs: 1000, healthyAfter: 1, unhealthyAfter: 3 },
      ejection: { afterFailures: 3, baseMs: 1000, maxMs: 30_000 },
    },
    blind: {
      headers: [],
      setHeaders: {},
      clientErrors: "pass",
      hiddenPaths: ["/metrics", "/metadata", "/docs", "/openapi.json", "/healthz", "/readyz"],
      framing: "equal",
      body: undefined,
      padLatency: undefined,
    },
    listen: {
      host: "127.0.0.1",
      port: 8080,
      unix: undefined,
      reusePort: false,
      tls: undefined,
      maxConnections: 20_000,
      maxConnectionsPerAddress: undefined,
    },
    limits: { bodyBytes: undefined, bodyTimeoutMs: 30_000, maxInFlight: undefined, rate: undefined },
    admin: { host: "127.0.0.1", port: 8081, hosts: [], token: undefined, page: "open", replicas: [] },
    reload: { pollMs: 1000, deadlineMs: 3_600_000 },
    shutdown: { deadlineMs: 4000, drainDelayMs: 0 },
    log: { level: "info", access: "off", sampleRatio: 0.01 },
  });
});

test("one variant is enough, and control: true moves the control", () => {
  const one = "experiment: {name: x}\nvariants: [{name: a, weight: 100, upstreams: ['http://a']}]\n";
  assert.equal(parse(one).config.variants.length, 1);
  const moved = parse(GOOD.replace("weight: 40", "weight: 40, control: true")).config.variants;
  assert.deepEqual(
    moved.map(({ control }) => control),
    [false, true],
  );
});

test("a flag stands over the file", () => {
  const { config } = parse(`${GOOD}listen: { port: 1, host: "::" }`, {
    port: 2,
    adminHost: "0.0.0.0",
    adminPort: 3,
    logLevel: "warn",
  });
  assert.deepEqual([config.listen.host, config.listen.port], ["::", 2]);
  assert.deepEqual([config.admin.host, config.admin.port], ["0.0.0.0", 3]);
  assert.equal(config.log.level, "warn");
});
