/*
 * The least that a proxy can do on node:http and undici, to measure ours against: no identity, no limits, no deadlines,
 * no metrics. It buffers bodies, which no proxy for bodies of any length may do. `node bare.ts PORT UPSTREAM_PORT`.
 */
import { createServer } from "node:http";
import { Pool } from "../../../../proxy/node_modules/undici/index.js";

const [port, upstreamPort] = process.argv.slice(2).map(Number);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { pipelining: 1 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    pool.dispatch(
      {
        path: request.url ?? "/",
        method: request.method ?? "GET",
        headers: request.rawHeaders.filter(
          (_, index, all) => !/^(connection|host)$/i.test(all[index & ~1] ?? ""),
        ),
        body: chunks.length === 0 ? null : Buffer.concat(chunks),
      },
      {
        onRequestStart() {},
        onResponseStart: (_, status, headers) => void response.writeHead(status, headers),
        onResponseData: (_, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: (_, error) => void response.destroy(error),
      },
    );
  });
}).listen(port, "127.0.0.1");
