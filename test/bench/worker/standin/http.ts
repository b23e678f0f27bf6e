/* What a request costs without a model: its body is read, one answer fits all. `node http.ts PORT`. */
import { createServer } from "node:http";

const ANSWER = Buffer.from('{"label":"positive","score":0.977749}');

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, { "content-type": "application/json", "content-length": ANSWER.length });
    response.end(ANSWER);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
