import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, firing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

type Case = readonly [what: string, file: string, Collected, at: string, expected: string[]];

const traffic = "rules/traffic.yml";
const gateway = "alerts/gateway.yml";

/** Requests of a variant per 15 s. */
const requests = (variant: string, ok: number, failed: number, steps = 200): Collected => ({
  [`ab_requests_total{job="ab-proxy",model_version="${variant}",status="200"}`]: rising([ok, steps]),
  [`ab_requests_total{job="ab-proxy",model_version="${variant}",status="500"}`]: rising([failed, steps]),
});
const upstream = (variant: string, instance: string, values: string): Collected => ({
  [`ab_upstream_healthy{job="ab-proxy",instance="${instance}",model_version="${variant}",upstream="http://${variant}"}`]:
    values,
});
const ejections = (
  instance: string,
  reason: "connect" | "check",
  ...stretches: readonly (readonly [number, number])[]
): Collected => ({
  [`ab_upstream_ejections_total{job="ab-proxy",instance="${instance}",model_version="a",upstream="http://a",reason="${reason}"}`]:
    rising(...stretches),
});
const weight = (instance: string, ratio: number): Collected => ({
  [`ab_variant_weight_ratio{job="ab-proxy",instance="${instance}",experiment="e",model_version="a"}`]:
    standing([ratio, 200]),
});
const reloaded = (instance: string, values: string): Collected => ({
  [`ab_config_last_reload_successful{job="ab-proxy",instance="${instance}"}`]: values,
});
const running = (instance: string, hash: string, values: string): Collected => ({
  [`ab_config_info{job="ab-proxy",instance="${instance}",config_hash="${hash}",config_version="1"}`]: values,
});

const cases: readonly Case[] = [
  [
    "five per cent of one variant's callers with a 5xx",
    traffic,
    { ...requests("a", 95, 5), ...requests("b", 100, 0) },
    "20m",
    ["VariantErrorRatioHigh a"],
  ],
  ["one per cent is quiet", traffic, requests("a", 99, 1), "20m", []],
  ["a share of a few requests is quiet", traffic, requests("a", 1, 1), "20m", []],
  ["no traffic is quiet", traffic, requests("a", 0, 0), "20m", []],
  ["refused requests are no variant's", traffic, requests("none", 50, 50), "20m", []],

  [
    "an upstream out of use",
    gateway,
    { ...upstream("a", "p:1", standing([1, 40], [0, 40])), ...upstream("b", "p:1", standing([1, 80])) },
    "13m",
    ["UpstreamEjected a"],
  ],
  [
    "one replica that has it out of use is enough",
    gateway,
    { ...upstream("a", "p:1", standing([1, 80])), ...upstream("a", "p:2", standing([0, 80])) },
    "13m",
    ["UpstreamEjected a"],
  ],
  [
    "an upstream that comes and goes",
    gateway,
    { ...upstream("a", "p:1", standing([1, 80])), ...ejections("p:1", "connect", [0, 20], [1, 4], [0, 40]) },
    "10m",
    ["UpstreamEjected a"],
  ],
  [
    "reasons of one replica add up",
    gateway,
    {
      ...upstream("a", "p:1", standing([1, 80])),
      ...ejections("p:1", "connect", [0, 20], [1, 2], [0, 40]),
      ...ejections("p:1", "check", [0, 24], [1, 2], [0, 40]),
    },
    "10m",
    ["UpstreamEjected a"],
  ],
  [
    "a restart of an upstream is quiet, though each of three replicas ejects it once",
    gateway,
    Object.assign(
      {},
      ...["p:1", "p:2", "p:3"].map((instance) => ({
        ...upstream("a", instance, standing([1, 40], [0, 2], [1, 60])),
        ...ejections(instance, "connect", [0, 40], [1, 1], [0, 60]),
      })),
    ),
    "12m",
    [],
  ],
  [
    "the service of a variant without users may be switched off",
    gateway,
    {
      ...{ ...upstream("a", "p:1", standing([0, 80])), ...weight("p:1", 0) },
      ...ejections("p:1", "connect", [0, 20], [1, 4], [0, 40]),
    },
    "13m",
    [],
  ],
  [
    "a variant that has users on one replica has users",
    gateway,
    { ...upstream("a", "p:1", standing([0, 80])), ...weight("p:1", 0), ...weight("p:2", 0.1) },
    "13m",
    ["UpstreamEjected a"],
  ],
  [
    "a restart of an upstream is quiet",
    gateway,
    {
      ...upstream("a", "p:1", standing([1, 40], [0, 2], [1, 40])),
      ...ejections("p:1", "connect", [0, 40], [1, 1], [0, 40]),
    },
    "15m",
    [],
  ],

  [
    "a refused configuration",
    gateway,
    { ...reloaded("p:1", standing([1, 40], [0, 40])), ...reloaded("p:2", standing([1, 80])) },
    "13m",
    ["ABConfigReloadFailed p:1"],
  ],
  [
    "one that was mended at once is quiet",
    gateway,
    reloaded("p:1", standing([1, 40], [0, 2], [1, 40])),
    "13m",
    [],
  ],

  [
    "replicas with different configurations",
    gateway,
    {
      ...running("p:1", "x", standing([1, 80])),
      ...running("p:2", "x", "1+0x39 stale _x40"),
      ...running("p:2", "y", "_x40 1+0x39"),
    },
    "15m",
    ["ABConfigSkew ab-proxy"],
  ],
  [
    "a roll-out that takes a minute is quiet",
    gateway,
    {
      ...running("p:1", "x", "1+0x39 stale _x40"),
      ...running("p:1", "y", "_x40 1+0x39"),
      ...running("p:2", "x", "1+0x43 stale _x36"),
      ...running("p:2", "y", "_x44 1+0x35"),
    },
    "15m",
    [],
  ],
  [
    "three replicas with one configuration are quiet",
    gateway,
    {
      ...running("p:1", "x", standing([1, 80])),
      ...running("p:2", "x", standing([1, 80])),
      ...running("p:3", "x", standing([1, 80])),
    },
    "15m",
    [],
  ],
];
for (const [what, file, collected, at, expected] of cases)
  test(`${file}: ${what}`, () => {
    const alerts = firing({ file, collected, step: "15s" }, at);
    assert.deepEqual(
      alerts.map(
        ({ alertname, model_version, instance, job }) => `${alertname} ${model_version ?? instance ?? job}`,
      ),
      expected,
    );
  });
