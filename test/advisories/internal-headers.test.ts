import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { open, startPair, startService } from "../../proxy/src/request/test-websockets.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

/*
 * The gateway and the workers speak to each other in headers of their own. A caller who could send X-Blindsplit-Shadow
 * would take its requests out of every count of a worker; a caller who could read X-Blindsplit-Prediction would see
 * whether its variant's service says it, and so which variant it got.
 */
const INTERNAL = ["x-blindsplit-shadow", "x-blindsplit-prediction"];
/** Services read `_` for `-` (CGI), letters of any case, and the same field twice. */
const SPELLINGS = INTERNAL.flatMap((name) => [
  name,
  name.toUpperCase(),
  name.replaceAll("-", "_"),
  name.replace("-", "_"),
  `X-Blindsplit-${name.slice(13, 14).toUpperCase()}${name.slice(14)}`,
]);

const isInternal = (name: string) => INTERNAL.includes(name.toLowerCase().replaceAll("_", "-"));

test("no spelling of a header between the tiers passes from a caller to a service", async (t) => {
  const seen: IncomingMessage[] = [];
  const { url } = await startUpstream(t, (request, response) => {
    seen.push(request);
    response.end("{}");
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100]));
  for (const name of SPELLINGS)
    for (const more of [{}, { connection: `close, ${name}` }, { "X-Blindsplit-Shadow": "1" }]) {
      const headers = { "x-user-id": "alice", ...more, [name]: "1", kept: "1" };
      const { status } = await exchangeRaw(proxy.port, rawRequest("POST", "/predict", headers));
      assert.equal(status, 200, name);
    }
  assert.equal(seen.length, SPELLINGS.length * 3);
  for (const { rawHeaders } of seen) {
    const names = rawHeaders.filter((_, index) => index % 2 === 0);
    assert.deepEqual(names.filter(isInternal), []);
    assert.ok(names.includes("kept"));
  }
});

test("none passes in the request that opens a WebSocket, or in what answers it", async (t) => {
  const { a, b, proxy } = await startPair(t, "");
  for (const name of SPELLINGS) await open(t, proxy, { "x-user-id": "alice", [name]: "1" });
  const seen = [...a.seen, ...b.seen];
  assert.equal(seen.length, SPELLINGS.length);
  for (const { rawHeaders } of seen) assert.deepEqual(rawHeaders.filter(isInternal), []);

  const service = await startService(t, "telling", {});
  service.server.prependListener("upgrade", (_request, socket) => {
    const write = socket.write.bind(socket);
    const told = (bytes: string | Buffer) =>
      typeof bytes === "string"
        ? bytes.replace("\r\n\r\n", "\r\nX-Blindsplit-Prediction: positive;0.9\r\n\r\n")
        : bytes;
    socket.write = ((bytes: string | Buffer, ...rest: []) =>
      write(told(bytes), ...rest)) as typeof socket.write;
  });
  const telling = await startProxy(t, configuration({ telling: service.url }, [100]));
  const { answer } = await open(t, telling);
  assert.deepEqual(answer.rawHeaders.filter(isInternal), []);
});

test("no answer, of whatever status and framing, says what was predicted or whose it is", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://a");
    for (const name of ["X-Blindsplit-Prediction", "x_blindsplit_prediction", "X-BLINDSPLIT-SHADOW"])
      response.setHeader(name, "positive;0.9");
    response.statusCode = Number(pathname.slice(1, 4));
    if (pathname.endsWith("early"))
      response.writeEarlyHints({ link: "</x>; rel=preload", "x-blindsplit-prediction": "positive;0.9" });
    if (pathname.endsWith("trailer")) {
      response.setHeader("trailer", "x-blindsplit-prediction");
      response.write("{");
      response.addTrailers({ "x-blindsplit-prediction": "positive;0.9" });
    }
    response.end(pathname.startsWith("/204") ? undefined : "}");
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100]));
  for (const path of ["/200", "/200/early", "/200/trailer", "/204", "/301", "/401", "/422", "/500", "/503"]) {
    const { text } = await exchangeRaw(
      proxy.port,
      rawRequest("GET", path, { "x-user-id": "alice", te: "trailers" }),
    );
    assert.match(text, /^HTTP\/1\.1 \d{3} /);
    assert.doesNotMatch(text, /blindsplit.(prediction|shadow)/i, path);
  }
});

test("a configuration cannot open the way: neither for the answer's header, nor as the name of a unit or token", async (t) => {
  const { url } = await startUpstream(t, (_, response) => void response.end("{}"));
  for (const [more, key] of [
    ["blind: { headers: [X-Blindsplit-Prediction] }", "blind.headers"],
    ["identity: { header: X-Blindsplit-Shadow }", "identity.header"],
    ["force: { secret: 0123456789abcdef0123456789abcdef, header: x-blindsplit-shadow }", "force.header"],
  ] as const)
    await assert.rejects(startProxy(t, configuration({ only: url }, [100], more)), (error: Error) => {
      assert.match(JSON.stringify([error.message, error]), new RegExp(key.replace(".", "\\.")));
      return true;
    });
});
