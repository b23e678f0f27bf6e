import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { HubServer } from "../support/hub.ts";
import { assertDocker, docker, ROOT } from "./docker.ts";
import { poll } from "./poll.ts";
import { idOf, predict } from "./predict.ts";
import { Stack } from "./stack.ts";

const GRAPH = "onnx/model_quantized.onnx";
/** The hub of this test has the bundled models under the names of the full-size ones. */
const MODELS = {
  distilbert: ["Xenova/distilbert-base-uncased-finetuned-sst-2-english", "distilbert-mini-sst2"],
  roberta: ["Xenova/twitter-roberta-base-sentiment-latest", "roberta-mini-tweets"],
} as const;

before(assertDocker);

test("with the overlay for full-size models, workers download once into a volume that both share", async (t) => {
  // The address of this machine that containers reach.
  const lookUp = [
    "run",
    "--rm",
    "--add-host",
    "machine:host-gateway",
    "--entrypoint",
    "getent",
    "node:26-slim",
  ];
  const [gateway = ""] = (await docker([...lookUp, "ahostsv4", "machine"])).split(/\s/);
  const hub = await HubServer.start(t, gateway);
  for (const [id, folder] of Object.values(MODELS)) hub.addDirectory(id, join(ROOT, "worker/models", folder));
  const downloads = () => hub.downloads(GRAPH).length;

  const stack = await Stack.create(["compose.yaml", "compose.full-size.yaml"], { HF_ENDPOINT: hub.url });
  t.after(() => stack.remove());
  await stack.compose("build");
  await stack.up("proxy");
  const answersBoth = async () => {
    const traffic = await stack.url("proxy", 8080);
    for (const variant of ["distilbert", "roberta"] as const) {
      await poll(`an answer of ${variant}`, async () => {
        return (await predict(traffic, idOf(variant), ["what a lovely day"])).status === 200 || undefined;
      });
    }
  };
  await answersBoth();
  assert.equal(downloads(), 2);
  assert.equal((await stack.inspect("worker-roberta")).HostConfig.Memory, 2 * 1024 ** 3);
  const files = await stack.exec("worker-distilbert", "find", "/home/node", "-name", "*.onnx");
  assert.equal(files.split("\n").length, 2, files);

  await stack.up("--force-recreate", "proxy");
  await answersBoth();
  assert.equal(downloads(), 2, "nothing is downloaded again");
});
