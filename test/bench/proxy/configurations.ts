import type { Place } from "./place.ts";

/** What it takes to split by X-User-Id in each of the others, without logs. */
export function haproxyConfiguration({ port, backendPort }: Place): string {
  return `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 1s
  timeout client 75s
  timeout server 30s
  http-reuse always
frontend traffic
  bind 127.0.0.1:${port}
  http-request set-var(txn.bucket) req.hdr(x-user-id),xxh32,mod(100)
  use_backend a if { var(txn.bucket) -m int lt 50 }
  default_backend b
backend a
  server upstream 127.0.0.1:${backendPort}
backend b
  server upstream 127.0.0.1:${backendPort}
`;
}

export function envoyConfiguration({ port, backendPort }: Place): string {
  const cluster = (name: string) => `  - name: ${name}
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: ${name}
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${backendPort} } } } }] }]
`;
  return `static_resources:
  listeners:
  - name: traffic
    address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: traffic
          http_filters:
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          route_config:
            name: split
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: { prefix: "/" }
                route:
                  hash_policy: [{ header: { header_name: x-user-id } }]
                  weighted_clusters:
                    use_hash_policy: true
                    clusters: [{ name: a, weight: 50 }, { name: b, weight: 50 }]
  clusters:
${cluster("a")}${cluster("b")}`;
}

export function traefikConfiguration({ folder, port, backendPort }: Place): { main: string; routes: string } {
  const service = (name: string) =>
    `    ${name}: { loadBalancer: { servers: [{ url: "http://127.0.0.1:${backendPort}" }] } }`;
  return {
    main: `global: { checkNewVersion: false, sendAnonymousUsage: false }
entryPoints: { traffic: { address: "127.0.0.1:${port}" } }
providers: { file: { filename: "${folder}/routes.yaml", watch: false } }
log: { level: ERROR }
`,
    routes: `http:
  routers: { all: { rule: "PathPrefix(\`/\`)", service: split, entryPoints: [traffic] } }
  services:
    split: { weighted: { services: [{ name: a, weight: 1 }, { name: b, weight: 1 }] } }
${service("a")}
${service("b")}
`,
  };
}
