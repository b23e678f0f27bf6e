import { type ComponentChildren, h } from "preact";
import type { GatewaySnapshot, WorkerSnapshot } from "../snapshot.ts";
import { Bar, Card, Figure, VariantName } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { type History, increase } from "./history.ts";
import { formatBytes, formatCount, formatRate, formatSeconds, formatShare } from "./numbers.ts";
import { gatewayKey, workerKey } from "./processes.ts";

/** How far back "now" reaches. */
const NOW_MS = 10_000;

export function Workers(props: {
  workers: readonly WorkerSnapshot[];
  variants: readonly VariantFigures[];
  history: History;
}) {
  const activity = activityNow(props.history);
  return h(
    Card,
    { id: "workers", title: "Workers", about: "One process for each model, or several", size: "wide" },
    h(
      "ul",
      { class: "processes" },
      props.workers.map((worker) => {
        const variant = props.variants.find(({ name }) => name === worker.variant);
        return h(Worker, { key: workerKey(worker), worker, variant, busy: activity(workerKey(worker)) });
      }),
    ),
  );
}

function Worker({
  worker,
  variant,
  busy,
}: {
  worker: WorkerSnapshot;
  variant: VariantFigures | undefined;
  busy: number | undefined;
}) {
  const { numbers, variant: name, address, problem } = worker;
  const look = `v${(variant?.index ?? 0) % 4}`;
  const memory =
    numbers?.residentBytes === undefined || numbers.memoryLimitBytes === undefined
      ? undefined
      : numbers.residentBytes / numbers.memoryLimitBytes;
  const queue =
    numbers?.queueDepth === undefined || numbers.queueLimit === undefined
      ? undefined
      : numbers.queueDepth / numbers.queueLimit;
  return h(
    Process,
    { heading: h(VariantName, { name, index: variant?.index ?? 0 }), address, problem },
    numbers === undefined
      ? null
      : [
          memory === undefined
            ? null
            : h(Term, { name: "memory", bar: h(Bar, { share: memory, look }) }, [
                h(Figure, {
                  name: `memory ${name}`,
                  value: numbers.residentBytes,
                  text: formatBytes(numbers.residentBytes),
                }),
                ` of ${formatBytes(numbers.memoryLimitBytes)}`,
              ]),
          queue === undefined
            ? null
            : h(
                Term,
                { name: "queue", bar: h(Bar, { share: queue, look }) },
                `${formatCount(numbers.queueDepth)} of ${formatCount(numbers.queueLimit)}`,
              ),
          numbers.busySeconds === undefined
            ? null
            : h(Term, { name: "busy now", bar: h(Bar, { share: busy, look }) }, formatShare(busy, 0)),
          h(Term, { name: "texts a run" }, variant?.batchSize?.toFixed(1) ?? "–"),
        ],
  );
}

export function Gateways({ gateways, history }: { gateways: readonly GatewaySnapshot[]; history: History }) {
  const activity = activityNow(history);
  const [first] = gateways;
  return h(
    Card,
    {
      id: "gateways",
      title: gateways.length > 1 ? "Gateways" : "Gateway",
      about: gateways.length > 1 ? "The first is the one that answers this page" : undefined,
      size: "wide",
    },
    h(
      "ul",
      { class: "processes" },
      gateways.map((gateway) =>
        h(Gateway, {
          key: gateway.address,
          gateway,
          expectedHash: first?.numbers?.configHash,
          rate: activity(gatewayKey(gateway.address)),
        }),
      ),
    ),
  );
}

function Gateway({
  gateway: { address, problem, numbers },
  expectedHash,
  rate,
}: {
  gateway: GatewaySnapshot;
  expectedHash: string | undefined;
  rate: number | undefined;
}) {
  if (numbers === undefined) return h(Process, { heading: "gateway", address, problem });
  const { configHash, lastReloadSuccessful, residentBytes, eventLoopP99Seconds, variants } = numbers;
  const isOther = expectedHash !== undefined && configHash !== expectedHash;
  const inFlight = Object.values(variants).reduce((sum, variant) => sum + variant.inFlight, 0);
  return h(Process, { heading: "gateway", address, problem }, [
    h(Term, { name: "configuration", isProblem: isOther }, [
      h("code", {}, configHash),
      isOther ? " differs from the first" : "",
    ]),
    h(
      Term,
      { name: "last reload", isProblem: !lastReloadSuccessful },
      lastReloadSuccessful ? "accepted" : "rejected",
    ),
    h(Term, { name: "requests now" }, formatRate(rate)),
    h(Term, { name: "in flight" }, formatCount(inFlight)),
    h(Term, { name: "event loop P99" }, formatSeconds(eventLoopP99Seconds)),
    h(Term, { name: "memory" }, formatBytes(residentBytes)),
    Object.entries(variants).map(([name, { upstreams, upstreamsHealthy }]) =>
      h(
        Term,
        { key: name, name: `${name} upstreams`, isProblem: upstreamsHealthy < upstreams },
        `${upstreamsHealthy} of ${upstreams} healthy`,
      ),
    ),
  ]);
}

function Process({
  heading,
  address,
  problem,
  children,
}: {
  heading: ComponentChildren;
  address: string;
  problem?: string | undefined;
  children?: ComponentChildren;
}) {
  return h("li", { class: problem === undefined ? "" : "silent" }, [
    h("h3", {}, [heading, " ", h("small", {}, address)]),
    problem === undefined ? null : h("p", { class: "problem" }, problem),
    h("dl", {}, children),
  ]);
}

function Term({
  name,
  bar,
  isProblem = false,
  children,
}: {
  name: string;
  bar?: ComponentChildren;
  isProblem?: boolean;
  children?: ComponentChildren;
}) {
  return h("div", { class: isProblem ? "problem" : "" }, [
    h("dt", {}, name),
    h("dd", {}, [h("span", {}, children), bar]),
  ]);
}

/** By a process's key: requests a second of a gateway, share of the time in model runs of a worker. */
function activityNow(history: History): (key: string) => number | undefined {
  const now = increase(history, NOW_MS);
  return (key) => {
    const gained = now?.activity[key];
    return now === undefined || gained === undefined ? undefined : (gained * 1_000) / now.lengthMs;
  };
}
