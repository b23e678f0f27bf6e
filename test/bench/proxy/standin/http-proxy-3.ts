/* http-proxy-3 on its native path with a keep-alive agent. `node http-proxy-3.ts PORT UPSTREAM_PORT`. */
import { Agent, createServer } from "node:http";
import { createProxyServer } from "../../../../proxy/node_modules/http-proxy-3/dist/lib/index.js";

const [port, upstreamPort] = process.argv.slice(2).map(Number);
const proxy = createProxyServer({
  target: `http://127.0.0.1:${upstreamPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: 256 }),
});
proxy.on("error", (_error, _request, response) => void response.destroy());
createServer((request, response) => void proxy.web(request, response)).listen(port, "127.0.0.1");
