/*
 * What it takes to judge a whole experiment again: a gateway's counters of 30 days in a real Prometheus, 100 analysis buckets of
 * two variants in every family, read step by step by the judge and reported. Seconds and memory of the command, size of the
 * blocks. `npm run bench:judge [-- --days N --scrape-seconds N --step-minutes N]`; needs Debian's `prometheus`, which has
 * promtool.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Child, cpuSeconds, freePort, residentBytes, untilListening } from "../load/support/children.ts";
import { type Finding, tells } from "../load/support/findings.ts";
import { type Run, runLoad } from "../load/support/run.ts";
import { EXPERIMENT, History } from "./judge/history.ts";
import { describeMachine, machineLines } from "./support/machine.ts";
import { output } from "./support/program.ts";

const ENTRY = join(import.meta.dirname, "../../analysis/src/main.ts");
/** Blocks of Prometheus; a file for each is read once. */
const BLOCK_SECONDS = 2 * 3600;
const DAY_SECONDS = 86_400;
const MIB = 1024 * 1024;

await runLoad(
  process,
  "bench:judge",
  { defaults: { days: 30, "scrape-seconds": 60, "step-minutes": 5 }, limitMinutes: 120 },
  async (run) => {
    const prometheusVersion =
      /version (\S+)/.exec(await output(["prometheus", "--version"]))?.[1] ?? "unknown";
    const versions = { node: process.versions.node, Prometheus: prometheusVersion };
    for (const line of machineLines(describeMachine(versions))) run.say(line);
    const [data, config] = [join(run.folder, "data"), join(run.folder, "experiment.yaml")];
    const end = Math.floor(Date.now() / 1000 / BLOCK_SECONDS) * BLOCK_SECONDS;
    const history = new History();
    const samples = await fill(run, history, data, end);
    const bytes = await sizeOf(data);
    const prometheus = await startPrometheus(run, data);
    await writeFile(config, experiment(run));
    const command = [
      "--config",
      config,
      "--prometheus",
      prometheus.url,
      "--step",
      `${run.count("step-minutes")}m`,
    ];
    run.say("one look of the judge, which reads everything");
    const before = cpuSeconds(prometheus.child.pid);
    const look = await measure(run, [...command, "--once", "--at", new Date(end * 1000).toISOString()]);
    const steps = (JSON.parse(look.out) as { looks: number; exposures: number }).looks;
    const days = run.count("days");
    return [
      tells("series by analysis bucket", history.series.length - 2),
      tells("samples in Prometheus", samples),
      tells(
        "blocks on disk",
        `${(bytes / MIB).toFixed(0)} MiB, ${(bytes / MIB / days).toFixed(1)} MiB a day`,
      ),
      tells("bytes of a sample", (bytes / samples).toFixed(2)),
      tells("steps looked at", steps),
      tells("seconds of a rebuild", look.seconds.toFixed(1)),
      tells("judge: CPU seconds", look.cpuSeconds.toFixed(1)),
      tells("Prometheus: CPU seconds", (cpuSeconds(prometheus.child.pid) - before).toFixed(1)),
      tells("judge: peak resident memory", `${(look.peakBytes / MIB).toFixed(0)} MiB`),
      tells(
        "Prometheus: resident memory afterwards",
        `${(residentBytes(prometheus.child.pid) / MIB).toFixed(0)} MiB`,
      ),
    ] satisfies Finding[];
  },
);

async function fill(run: Run, history: History, data: string, end: number): Promise<number> {
  await mkdir(data, { recursive: true });
  const [days, scrapeSeconds] = [run.count("days"), run.count("scrape-seconds")];
  const file = join(run.folder, "history.txt");
  let samples = 0;
  for (let from = end - days * DAY_SECONDS; from < end; from += BLOCK_SECONDS) {
    await history.write(file, from, from + BLOCK_SECONDS, scrapeSeconds);
    await output(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", file, data]);
    samples += Math.ceil(BLOCK_SECONDS / scrapeSeconds) * (history.series.length + 2);
    const done = days - (end - from - BLOCK_SECONDS) / DAY_SECONDS;
    if (Number.isInteger(done)) run.say(`${done} of ${days} days are in blocks`);
  }
  await rm(file);
  return samples;
}

async function startPrometheus(run: Run, data: string): Promise<{ url: string; child: Child }> {
  const config = join(run.folder, "prometheus.yml");
  await writeFile(config, "scrape_configs: []\n");
  const port = await freePort();
  const child = run.children.start("prometheus", [
    "prometheus",
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    "--storage.tsdb.retention.time=400d",
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  await untilListening(child, port, 120_000);
  return { url: `http://127.0.0.1:${port}`, child };
}

function experiment(run: Run): string {
  return [
    `experiment: { name: ${EXPERIMENT} }`,
    "variants:",
    '  - { name: control, weight: 50, upstreams: ["http://127.0.0.1:1"] }',
    '  - { name: treatment, weight: 50, upstreams: ["http://127.0.0.1:2"] }',
    "outcomes:",
    "  secrets: a secret of this benchmark alone",
    "  allowed: [converted, true_label, { name: revenue, min: 0, max: 1000 }]",
    "  labels: [negative, neutral, positive]",
    "analysis: { metric: conversion, secondary: [accuracy, macro_recall, revenue] }",
    `judge: { state: "${join(run.folder, "judge.json")}" }`,
    "",
  ].join("\n");
}

/** @param argv of `blindsplit judge` */
async function measure(
  run: Run,
  argv: readonly string[],
): Promise<{ out: string; seconds: number; cpuSeconds: number; peakBytes: number }> {
  const began = performance.now();
  const child = spawn(run.node, [ENTRY, "judge", ...argv], {
    env: run.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let [out, peakBytes, cpu] = ["", 0, 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const timer = setInterval(() => {
    if (child.pid === undefined || child.exitCode !== null) return;
    peakBytes = Math.max(peakBytes, residentBytes(child.pid));
    cpu = cpuSeconds(child.pid);
  }, 20);
  const [code] = await once(child, "close");
  clearInterval(timer);
  if (code !== 0) throw new Error(`the judge ended with ${code}`);
  return { out, seconds: (performance.now() - began) / 1000, cpuSeconds: cpu, peakBytes };
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}
