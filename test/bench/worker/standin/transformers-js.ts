/*
 * The shortest server that its documentation leads to: the pipeline of transformers.js in a node:http handler.
 * `node transformers-js.ts PORT FOLDER_OF_NODE_MODULES MODEL`.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

interface Library {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  pipeline(task: string, model: string, options: object): Promise<Classify>;
}
type Classify = (text: string) => Promise<readonly { readonly label: string; readonly score: number }[]>;

const [port, npm = "", model = ""] = process.argv.slice(2);
const { env, pipeline } = createRequire(join(npm, "package.json"))("@huggingface/transformers") as Library;
env.localModelPath = dirname(model);
env.allowRemoteModels = false;
const classify = await pipeline("text-classification", basename(model), {
  dtype: "q8",
  device: "cpu",
  local_files_only: true,
  session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
});

createServer((request, response) => {
  const answer = (status: number, body: object) => {
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { "content-type": "application/json", "content-length": bytes.length });
    response.end(bytes);
  };
  if (request.url === "/healthz") return answer(200, {});
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { text } = JSON.parse(Buffer.concat(chunks).toString()) as { text: string };
    classify(text).then(
      ([prediction]) => answer(200, prediction ?? {}),
      (error: unknown) => answer(500, { error: String(error) }),
    );
  });
}).listen(Number(port), "127.0.0.1");
