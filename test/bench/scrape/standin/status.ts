/*
 * A service that answers with the status that the path names: `node status.ts PORT`, then `GET /500`.
 */
import { createServer } from "node:http";

const [port = "0"] = process.argv.slice(2);

createServer((request, response) => {
  request.resume().once("end", () => {
    response.writeHead(Number(request.url?.slice(1)) || 200, { "content-type": "application/json" });
    response.end('{"label":"positive","score":0.9}');
  });
}).listen(Number(port), "127.0.0.1");
