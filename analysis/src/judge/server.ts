import { createServer, type IncomingMessage, type Server } from "node:http";
import { type Answer, problem, send } from "../../../proxy/src/admin/answer.ts";
import { findForeign, findUnauthorised } from "../../../proxy/src/admin/guard.ts";
import type { Config } from "../../../proxy/src/config/config.ts";
import { fingerprintOf, lettersOf } from "../../../proxy/src/experiment/letters.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { maskVerdict } from "../verdict/mask.ts";
import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { exposeVerdict } from "./verdict-metrics.ts";

export interface JudgeView {
  readonly config: Config;
  /** Of the last look; undefined before the first of the phase. */
  readonly verdict: Verdict | undefined;
  /** What is past has been read; from now on each step comes to pass. */
  readonly isReady: boolean;
}

export interface JudgeSource {
  current(): JudgeView;
  readonly log: Log;
}

/** Asked by those who have no token to send: orchestrators, and gateways for stops. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(["/-/healthy", "/-/ready", "/-/stop"]);

type Handler = (view: JudgeView) => Answer | Promise<Answer>;

const ROUTES: Readonly<Record<string, Handler>> = {
  "/verdict": (view) => ofVerdict(view, (verdict) => masked(view.config, verdict)),
  "/verdict/open": (view) => ofVerdict(view, (verdict) => verdict),
  "/metrics": async ({ config, verdict }) => {
    const { text, contentType } = await exposeVerdict(
      verdict && masked(config, verdict),
      config.judge.stepMs,
    );
    return { status: 200, body: text, headers: { "content-type": contentType } };
  },
  "/-/healthy": () => ({ status: 200, body: { status: "healthy" } }),
  "/-/ready": ({ isReady }) =>
    isReady
      ? { status: 200, body: { status: "ready" } }
      : { status: 503, body: { status: "reading what is past, or waiting for a clock that is behind" } },
  "/-/stop": stops,
};

/** The judge's listener: what it has decided, for gateways, pages, dashboards and reports. Never for callers. */
export function createJudgeServer({ current, log }: JudgeSource): Server {
  async function answer(request: IncomingMessage): Promise<Answer> {
    const view = current();
    const { judge, admin } = view.config;
    const foreign = findForeign(request.headers, namesOf(judge), "judge.hosts");
    if (foreign !== undefined) return problem(403, "foreign_caller", foreign);
    const path = URL.parse(request.url ?? "/", "http://judge")?.pathname ?? "";
    const unauthorised = OPEN_TO_ALL.has(path) ? undefined : findUnauthorised(request.headers, admin.token);
    if (unauthorised !== undefined) {
      const refusal = problem(401, "token_required", unauthorised);
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    }
    const handler = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    if (handler === undefined)
      return problem(404, "not_found", `Nothing is served here; there is ${Object.keys(ROUTES).join(", ")}.`);
    if (request.method !== "GET" && request.method !== "HEAD") {
      const refusal = problem(405, "method_not_allowed", `${path} takes GET, not ${request.method}.`);
      return { ...refusal, headers: { ...refusal.headers, allow: "GET" } };
    }
    return handler(view);
  }

  const server = createServer((request, response) => {
    request.resume();
    answer(request).then(
      (result) => send(request, response, result),
      (error: Error) => {
        log.error({ err: error, method: request.method }, "the judge's listener could not answer");
        send(request, response, problem(500, "internal", "This could not be answered; the log says why."));
      },
    );
  });
  server.keepAliveTimeout = 75_000;
  return server;
}

function masked(config: Config, verdict: Verdict): MaskedVerdict {
  return maskVerdict(verdict, lettersOf(config));
}

function ofVerdict({ config, verdict }: JudgeView, show: (verdict: Verdict) => unknown): Answer {
  if (verdict !== undefined) return { status: 200, body: show(verdict) };
  const { name, phase } = config.experiment;
  return problem(
    503,
    "no_look_yet",
    `Phase ${phase} of ${name} has not been looked at yet; looks are ${config.judge.stepMs / 1000} s apart (judge.step).`,
  );
}

/** Letters, because whoever runs a blind experiment may read it. Nobody is stopped while `judge.stop` is off. */
function stops({ config, verdict }: JudgeView): Answer {
  const { experiment, judge } = config;
  const letters = lettersOf(config);
  const stopped = judge.stop === "off" ? [] : (verdict?.stopped ?? []);
  return {
    status: 200,
    body: {
      experiment: experiment.name,
      phase: experiment.phase,
      stopped: stopped.flatMap(({ treatment }) => letters.get(treatment) ?? []),
      at: verdict?.at ?? null,
      mode: judge.stop,
      fingerprint: fingerprintOf(config),
    },
  };
}

/** The name by which gateways find the judge is its own. */
function namesOf({ hosts, url }: Config["judge"]): readonly string[] {
  return url === undefined ? hosts : [...hosts, new URL(url).hostname.toLowerCase()];
}
