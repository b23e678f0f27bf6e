/* A service as a worker answers a single prediction: `node prediction.ts PORT`. */
import { createServer } from "node:http";

const BODY = '{"label":"positive","score":0.977749}';
const HEADERS = {
  "content-type": "application/json",
  "content-length": String(BODY.length),
  "x-blindsplit-prediction": "positive;0.977749",
};

createServer((request, response) => {
  request.resume().once("end", () => response.writeHead(200, HEADERS).end(BODY));
}).listen(Number(process.argv[2]), "127.0.0.1");
