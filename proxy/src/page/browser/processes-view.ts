import { type ComponentChildren, h } from "preact";
import type { GatewaySnapshot, WorkerSnapshot } from "../snapshot.ts";
import { Bar, Card, Figure, VariantName } from "./card-view.ts";
import type { VariantFigures } from "./comparison.ts";
import { type History, type Increase, increase } from "./history.ts";
import { formatBytes, formatCount, formatRate, formatSeconds, formatShare } from "./numbers.ts";
import { type Activity, gatewayKey, workerKey } from "./processes.ts";
import { isSilent } from "./silence.ts";
import type { Span } from "./spans.ts";

/** How far back "now" reaches. */
const NOW_MS = 10_000;

export function Workers(props: {
  workers: readonly WorkerSnapshot[];
  variants: readonly VariantFigures[];
  history: History;
  span: Span;
}) {
  const { history, span } = props;
  const now = increase(history, NOW_MS);
  const counted = span.lengthMs === undefined ? undefined : increase(history, span.lengthMs);
  return h(
    Card,
    { id: "workers", title: "Workers", about: "One process for each model, or several", size: "wide" },
    h(
      "ul",
      { class: "processes" },
      props.workers.map((worker) => {
        const variant = props.variants.find(({ name }) => name === worker.variant);
        const key = workerKey(worker);
        const inSpan = span.lengthMs === undefined ? worker.numbers : counted?.activity[key];
        return h(Worker, { key, worker, variant, busy: rateOf(key, now), batchSize: batchSizeOf(inSpan) });
      }),
    ),
  );
}

function Worker({
  worker,
  variant,
  busy,
  batchSize,
}: {
  worker: WorkerSnapshot;
  variant: VariantFigures | undefined;
  busy: number | undefined;
  /** In the span, of this process. */
  batchSize: number | undefined;
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
    {
      heading: h(VariantName, { name, index: variant?.index ?? 0 }),
      address,
      problem,
      silent: isSilent(worker),
    },
    numbers === undefined
      ? null
      : [
          numbers.residentBytes === undefined
            ? null
            : h(
                Term,
                { name: "memory", bar: memory === undefined ? null : h(Bar, { share: memory, look }) },
                [
                  h(Figure, {
                    name: `memory ${name} ${address}`,
                    value: numbers.residentBytes,
                    text: formatBytes(numbers.residentBytes),
                  }),
                  memory === undefined ? "" : ` of ${formatBytes(numbers.memoryLimitBytes)}`,
                ],
              ),
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
          h(Term, { name: "texts a run" }, batchSize?.toFixed(1) ?? "–"),
        ],
  );
}

export function Gateways({ gateways, history }: { gateways: readonly GatewaySnapshot[]; history: History }) {
  const now = increase(history, NOW_MS);
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
          key: gatewayKey(gateway),
          gateway,
          expectedHash: first?.numbers?.configHash,
          rate: rateOf(gatewayKey(gateway), now),
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
  if (numbers === undefined) return h(Process, { heading: "gateway", address, problem, silent: true });
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
  silent = false,
  children,
}: {
  heading: ComponentChildren;
  address: string;
  problem?: string | undefined;
  /** Whether the problem is that it does not answer. */
  silent?: boolean;
  children?: ComponentChildren;
}) {
  return h("li", { class: silent ? "silent" : "" }, [
    h("h3", {}, [heading, " ", h("small", {}, address)]),
    problem === undefined ? null : h("p", { class: silent ? "problem" : "detail" }, problem),
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

/** Requests a second of a gateway, share of the time in model runs of a worker. */
function rateOf(key: string, now: Increase | undefined): number | undefined {
  const gained = now?.activity[key]?.amount;
  return now === undefined || gained === undefined ? undefined : (gained * 1_000) / now.lengthMs;
}

/** Texts, or windows of long ones, in one run of the model. */
function batchSizeOf(
  counted: { readonly [name in keyof Activity]?: number | undefined } | undefined,
): number | undefined {
  const { batches = 0, batchedSequences } = counted ?? {};
  return batches === 0 || batchedSequences === undefined ? undefined : batchedSequences / batches;
}
