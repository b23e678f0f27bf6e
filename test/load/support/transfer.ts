import { once } from "node:events";
import { request } from "node:http";

const CHUNK = Buffer.alloc(65_536, "x");
const LIMIT_MS = 15 * 60_000;

/** Sends so many bytes and resolves with how many the service says it got. */
export async function upload(port: number, bytes: number): Promise<number> {
  const call = request({
    ...{ port, host: "127.0.0.1", method: "POST", path: "/sink", signal: AbortSignal.timeout(LIMIT_MS) },
    headers: { "x-user-id": "unit", "content-length": bytes },
  });
  const answered = once(call, "response");
  for (let left = bytes; left > 0; left -= CHUNK.length)
    if (!call.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)))) await once(call, "drain");
  call.end();
  const [response] = await answered;
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return Number(/"bytes":(\d+)/.exec(body)?.[1]);
}

/** Asks for so many bytes and resolves with how many came. */
export async function download(port: number, bytes: number): Promise<number> {
  const call = request({
    ...{ port, host: "127.0.0.1", path: `/source?bytes=${bytes}`, signal: AbortSignal.timeout(LIMIT_MS) },
    headers: { "x-user-id": "unit" },
  }).end();
  const [response] = await once(call, "response");
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  return received;
}
