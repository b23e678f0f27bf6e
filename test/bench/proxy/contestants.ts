import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nginxFrame } from "./backend.ts";
import { envoyConfiguration, haproxyConfiguration, traefikConfiguration } from "./configurations.ts";
import type { Place } from "./place.ts";
import type { WheelName } from "./wheels.ts";

export interface Contestant {
  readonly name: string;
  /** What it is, for the report. */
  readonly about: string;
  /** A Debian package, for a program that has to be installed. */
  readonly debian?: string;
  readonly wheel?: WheelName;
  readonly env?: Readonly<Record<string, string>>;
  /** Writes its configuration; the program and its arguments. */
  command(place: Place): Promise<readonly string[]>;
}

/** Each with one thread that carries traffic, in front of the same backend. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: "blindsplit",
    about: "two variants 50/50 at the backend, everything else at its default",
    command: blindsplit(""),
  },
  {
    name: "bare",
    about: "node:http + undici Pool.dispatch, no features, bodies buffered",
    command: standin("bare"),
  },
  {
    name: "http-proxy-3",
    about: "http-proxy-3 2.0.1, native path, agent with keep-alive, no split",
    command: standin("http-proxy-3"),
  },
  {
    name: "nginx",
    about: "split_clients over X-User-Id",
    debian: "nginx-light",
    async command(place) {
      const { folder, port, backendPort } = place;
      const upstream = (name: string) =>
        `upstream ${name} { server 127.0.0.1:${backendPort}; keepalive 64; keepalive_requests 1000000000; }`;
      const http = `split_clients $http_x_user_id $variant { 50% a; * b; }
${upstream("a")} ${upstream("b")}
proxy_buffers 16 8k;
server { listen 127.0.0.1:${port} backlog=4096;
location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://$variant; } }`;
      return ["nginx", "-p", folder, "-c", await write(folder, "nginx.conf", nginxFrame(place, http))];
    },
  },
  {
    name: "haproxy",
    about: "two backends by a hash of X-User-Id, nbthread 1, http-reuse always",
    debian: "haproxy",
    async command(place) {
      return ["haproxy", "-db", "-f", await write(place.folder, "haproxy.cfg", haproxyConfiguration(place))];
    },
  },
  {
    name: "envoy",
    about: "weighted clusters by a hash of X-User-Id, --concurrency 1",
    wheel: "envoy",
    async command(place) {
      const config = await write(place.folder, "envoy.yaml", envoyConfiguration(place));
      const flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
      return [place.wheels.envoy, "-c", config, ...flags];
    },
  },
  {
    name: "traefik",
    about: "weighted services in turn, GOMAXPROCS=1",
    wheel: "traefik",
    env: { GOMAXPROCS: "1" },
    async command(place) {
      const { main, routes } = traefikConfiguration(place);
      await write(place.folder, "routes.yaml", routes);
      return [place.wheels.traefik, `--configFile=${await write(place.folder, "traefik.yaml", main)}`];
    },
  },
];

/** blindsplit with what costs something where it is switched on, beside itself without. */
export const FEATURES: readonly Contestant[] = [
  ...CONTESTANTS.slice(0, 1),
  {
    name: "tokens",
    about: "blindsplit with an outcome token in every answer",
    command: blindsplit(`outcomes:
  secrets: a secret for measuring with
  allowed: [correct, incorrect, converted, true_label]
  labels: [negative, neutral, positive]
`),
  },
  {
    name: "shadow",
    about: "blindsplit that sends every request for a to b too: half a shadow for each request",
    command: blindsplit("shadow: { variant: b, percent: 100, max_in_flight: 10000 }\n"),
  },
];

function blindsplit(more: string): Contestant["command"] {
  return async ({ folder, port, adminPort, backendPort, node, root }) => {
    const upstream = `http://127.0.0.1:${backendPort}`;
    const config = await write(
      folder,
      "experiment.yaml",
      `experiment: { name: bench }
variants:
  - { name: a, weight: 50, upstreams: ["${upstream}"] }
  - { name: b, weight: 50, upstreams: ["${upstream}"] }
${more}`,
    );
    const ports = ["--port", String(port), "--admin-port", String(adminPort)];
    return [node, join(root, "proxy/src/main.ts"), "--config", config, ...ports];
  };
}

async function write(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

function standin(name: string): Contestant["command"] {
  return async ({ node, port, backendPort }) => [
    node,
    join(import.meta.dirname, `standin/${name}.ts`),
    String(port),
    String(backendPort),
  ];
}
