import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { MaskedVerdict } from "../../analysis/src/verdict/masked-verdict.ts";
import type { Verdict } from "../../analysis/src/verdict/verdict.ts";
import { startUpstream } from "../support/upstream.ts";
import { eventually, type Folder, freePorts, makeFolder, type Program, program } from "./processes.ts";

const VARIANTS = ["control", "treatment"] as const;
type Variant = (typeof VARIANTS)[number];

export interface Gateway extends Program {
  readonly url: string;
  readonly admin: string;
  /** As many users, each with one request: what came back, by variant. */
  send(users: number): Promise<Record<Variant, number>>;
  /** The same, whatever came back. */
  sendAll(users: number): Promise<Record<Variant, number>>;
}

export interface RunningJudge extends Program {
  readonly url: string;
  /** Of the last look; undefined before the first. */
  verdict(): Promise<Verdict | undefined>;
  masked(): Promise<MaskedVerdict | undefined>;
  /** The first verdict of which `accepts` is true. */
  until(what: string, accepts: (verdict: Verdict) => boolean): Promise<Verdict>;
}

export interface Experiment {
  readonly folder: Folder;
  /** Statuses that a variant's service answers, by turns. */
  answer(variant: Variant, statuses: readonly number[]): void;
  gateway(): Promise<Gateway>;
  judge(flags?: readonly string[]): Promise<RunningJudge>;
  /** Rewrites the configuration; keys of `more` are YAML. */
  write(more: string, phase?: number): Promise<void>;
  readonly config: string;
  /** Admin listeners of all gateways that there may be. */
  readonly admins: readonly string[];
}

interface Setting {
  /** Of the gateways that are started first; the configuration names all of them. */
  readonly gateways?: number;
  /** Further keys, YAML. */
  readonly more?: string;
  /** Further keys of the judge's section, YAML. */
  readonly judge?: string;
}

let users = 0;

/** Two variants with a stand-in for each, and ports for gateways and a judge that looks every second. */
export async function startExperiment(
  t: TestContext,
  { gateways = 1, more = "", judge = "" }: Setting = {},
): Promise<Experiment> {
  const folder = await makeFolder(t);
  const statuses: Record<Variant, readonly number[]> = { control: [200], treatment: [200] };
  const answered: Record<Variant, number> = { control: 0, treatment: 0 };
  const urls = await Promise.all(
    VARIANTS.map(async (variant) => {
      const { url } = await startUpstream(t, (request, response) => {
        request.resume();
        if (request.url === "/metrics") response.statusCode = 404;
        else {
          const turns = statuses[variant];
          response.statusCode = turns[answered[variant]++ % turns.length] ?? 200;
        }
        response.end(variant);
      });
      return url;
    }),
  );
  const [judgePort = 0, ...ports] = await freePorts(1 + 2 * gateways);
  const admins = ports.slice(gateways).map((port) => `http://127.0.0.1:${port}`);
  const config = folder.path("experiment.yaml");
  let started = 0;

  const write = (further: string, phase = 1) =>
    folder.write(
      "experiment.yaml",
      [
        `experiment: { name: shop, phase: ${phase} }`,
        "variants:",
        ...VARIANTS.map((name, index) => `  - { name: ${name}, weight: 50, upstreams: ["${urls[index]}"] }`),
        "reload: { poll: 50ms }",
        `judge: { url: "http://127.0.0.1:${judgePort}", port: ${judgePort}, step: 1s, state: "${folder.path("judge.json")}", gateways: [${admins.map((url) => `"${url}"`).join(", ")}]${judge && `, ${judge}`} }`,
        further,
        "",
      ].join("\n"),
    );
  await write(more);

  return {
    folder,
    config,
    admins,
    write,
    answer(variant, turns) {
      statuses[variant] = turns;
    },
    async gateway() {
      const index = started++;
      const [port = 0, admin = ""] = [ports[index], admins[index]];
      const url = `http://127.0.0.1:${port}`;
      const flags = ["--config", config, "--port", `${port}`, "--admin-port", new URL(admin).port];
      const running = program(t, flags, `${admin}/-/ready`);
      await running.start();
      return {
        ...running,
        url,
        admin,
        send: (count) => send(url, count, 200),
        sendAll: (count) => send(url, count),
      };
    },
    async judge(flags = []) {
      const url = `http://127.0.0.1:${judgePort}`;
      const running = program(t, ["judge", "--config", config, ...flags], `${url}/-/healthy`);
      await running.start();
      const verdict = () => read<Verdict>(`${url}/verdict/open`);
      return {
        ...running,
        url,
        verdict,
        masked: () => read<MaskedVerdict>(`${url}/verdict`),
        until(what, accepts) {
          let last: Verdict | undefined;
          return eventually(
            what,
            async () => {
              last = await verdict();
              return last !== undefined && accepts(last) ? last : undefined;
            },
            () => `${running.said()}\n${last?.headline}\n${JSON.stringify(last?.validity)}`,
          );
        },
      };
    },
  };
}

/** Exposures, by variant. */
export function exposures(verdict: Verdict): Record<string, number> {
  return Object.fromEntries(verdict.variants.map(({ name, exposures }) => [name, exposures]));
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function read<T>(url: string): Promise<T | undefined> {
  const response = await fetch(url).catch(() => undefined);
  return response?.status === 200 ? ((await response.json()) as T) : undefined;
}

/** @param status of the answers that count; all of them where it is left out */
async function send(url: string, count: number, status?: number): Promise<Record<Variant, number>> {
  const counts: Record<Variant, number> = { control: 0, treatment: 0 };
  for (let sent = 0; sent < count; sent++) {
    const response = await fetch(`${url}/predict`, {
      method: "POST",
      headers: { "x-user-id": `user-${users++}` },
      body: "{}",
    });
    const text = await response.text();
    if (status !== undefined && response.status !== status) continue;
    // An error is the gateway's own text: whose it was is not told.
    const variant = VARIANTS.find((name) => name === text);
    assert.ok(variant !== undefined || response.status >= 500, text);
    counts[variant ?? "treatment"]++;
  }
  return counts;
}
