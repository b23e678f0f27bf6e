import assert from "node:assert/strict";
import { before, test } from "node:test";
import { writeCluster } from "./cluster.ts";
import { assertInstalled, build, MONITORING } from "./kustomize.ts";
import { type CronJob, deploymentsOf, named, podLabels } from "./manifest.ts";
import { Network, type Peer, type Port } from "./network.ts";

const NAMESPACE = "shop";
const PORTS: readonly Port[] = [
  { protocol: "TCP", port: 8080 },
  { protocol: "TCP", port: 8081 },
  { protocol: "TCP", port: 8082 },
  { protocol: "TCP", port: 8000 },
  { protocol: "TCP", port: 9090 },
  { protocol: "TCP", port: 9093 },
  { protocol: "TCP", port: 53 },
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 443 },
];
const WORKERS = ["worker-distilbert", "worker-roberta"];

/** Everybody else who could be there, among them those who only look like somebody who may. */
const OTHERS: readonly Peer[] = [
  { name: "prometheus", namespace: "monitoring", labels: { "app.kubernetes.io/name": "prometheus" } },
  { name: "alertmanager", namespace: "monitoring", labels: { "app.kubernetes.io/name": "alertmanager" } },
  { name: "alertmanager here", namespace: NAMESPACE, labels: { "app.kubernetes.io/name": "alertmanager" } },
  { name: "grafana", namespace: "monitoring", labels: { "app.kubernetes.io/name": "grafana" } },
  { name: "prometheus elsewhere", namespace: "lab", labels: { "app.kubernetes.io/name": "prometheus" } },
  { name: "prometheus here", namespace: NAMESPACE, labels: { "app.kubernetes.io/name": "prometheus" } },
  { name: "operator", namespace: NAMESPACE, labels: { "blindsplit/access": "operator" } },
  { name: "operator elsewhere", namespace: "lab", labels: { "blindsplit/access": "operator" } },
  {
    name: "proxy elsewhere",
    namespace: "lab",
    labels: { "app.kubernetes.io/name": "blindsplit", "app.kubernetes.io/component": "proxy" },
  },
  {
    name: "judge elsewhere",
    namespace: "lab",
    labels: { "app.kubernetes.io/name": "blindsplit", "app.kubernetes.io/component": "judge" },
  },
  { name: "neighbour", namespace: NAMESPACE, labels: { app: "shop" } },
  { name: "ingress", namespace: "ingress", labels: { app: "ingress" } },
  { name: "dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  { name: "node-dns", address: "169.254.20.10" },
  { name: "metadata", address: "169.254.169.254" },
  { name: "intranet", address: "10.1.2.3" },
  { name: "internet", address: "203.0.113.7" },
  { name: "intranet by IPv6", address: "fd12:3456::7" },
  { name: "link by IPv6", address: "fe80::7" },
  { name: "internet by IPv6", address: "2001:db8::7" },
];

before(assertInstalled);

/** Each connection that is let through and has one of the product's pods at an end, as `from -> to TCP 8080`. */
function connectionsOf(overlay: string): readonly string[] {
  const manifests = build(overlay);
  const network = new Network(manifests, NAMESPACE);
  const own = deploymentsOf(manifests).map((deployment): Peer => {
    const { name } = deployment.metadata;
    return { name, namespace: NAMESPACE, labels: podLabels(deployment) };
  });
  const { spec } = named<CronJob>(build(MONITORING), "CronJob", "nightly-report");
  const { labels } = spec.jobTemplate.spec.template.metadata;
  own.push({ name: "nightly-report", namespace: NAMESPACE, labels });
  const peers = [...own, ...OTHERS];
  return peers.flatMap((from) =>
    peers.flatMap((to) =>
      PORTS.flatMap((port) =>
        (own.includes(from) || own.includes(to)) && network.allows(from, to, port)
          ? [`${from.name} -> ${to.name} ${port.protocol} ${port.port}`]
          : [],
      ),
    ),
  );
}

const asked = (to: string, port: number, ...from: readonly string[]) =>
  from.map((name) => `${name} -> ${to} TCP ${port}`);
const resolving = (from: string) =>
  ["dns", "node-dns"].flatMap((dns) => [`${from} -> ${dns} TCP 53`, `${from} -> ${dns} UDP 53`]);
/** A pod's own egress is denied, so no pod of the product asks itself or another for anything but this. */
const BASE = [
  ...asked("proxy", 8080, ...OTHERS.map(({ name }) => name)),
  ...asked("proxy", 8081, "proxy", "judge", "prometheus", "operator"),
  ...asked("judge", 8082, "proxy", "nightly-report", "prometheus", "operator"),
  ...WORKERS.flatMap((worker) => asked(worker, 8000, "proxy", "judge", "prometheus")),
  ...asked("prometheus", 9090, "judge"),
  ...asked("alertmanager", 9093, "nightly-report"),
  ...["proxy", "judge", "nightly-report"].flatMap(resolving),
];
const DOWNLOADS = WORKERS.flatMap((worker) => [
  ...resolving(worker),
  `${worker} -> internet TCP 443`,
  `${worker} -> internet by IPv6 TCP 443`,
]);

test("each is reached by those who need it alone: workers, the admin port, the judge, Prometheus, Alertmanager", (t) => {
  const found = connectionsOf("base");
  assert.deepEqual(new Set(found), new Set(BASE));
  t.diagnostic(
    `${found.length} of the connections between ${OTHERS.length + 5} peers on ${PORTS.length} ports`,
  );
});

test("full size: workers also reach DNS and the internet by HTTPS, and no private address", () => {
  assert.deepEqual(new Set(connectionsOf("overlays/full-size")), new Set([...BASE, ...DOWNLOADS]));
});

test("with what README.md gives to watchers, an Ingress controller reaches the admin port too, and nobody else", async (t) => {
  const found = connectionsOf(await writeCluster(t, "watched"));
  assert.deepEqual(new Set(found), new Set([...BASE, ...asked("proxy", 8081, "ingress")]));
});
