import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { request } from "node:http";
import test, { type TestContext } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startBytes, startUpstream } from "../../../test/support/upstream.ts";

const JSON_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/** The answer to one request as it came over the wire, but for what differs each time. */
async function wireOf(t: TestContext, url: string, more = ""): Promise<string> {
  const proxy = await startProxy(t, configuration({ only: url }, [100], more));
  const { text } = await exchangeRaw(
    proxy.port,
    rawRequest("GET", "/", { "x-request-id": "same", "x-user-id": "u", "accept-encoding": "gzip" }),
  );
  return text.replace(/\r\ndate: [^\r]*/i, "");
}

async function served(t: TestContext, handle: RequestListener): Promise<string> {
  return (await startUpstream(t, handle)).url;
}

test("a length, chunks in pieces, the end of the connection: the same JSON leaves the same bytes", async (t) => {
  const body = '{"label":"positive"}';
  const withLength = await served(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  });
  const inPieces = await served(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
    response.write(body.slice(0, 5));
    setImmediate(() => response.end(body.slice(5)));
  });
  const unframed = await startBytes(t, `${JSON_HEAD.replace("1.1", "1.0")}server: old\r\n\r\n${body}`, "end");
  const wires = await Promise.all([withLength, inPieces, unframed].map((url) => wireOf(t, url)));
  assert.match(wires[0] ?? "", /content-length: 20\r\n/);
  assert.deepEqual(new Set(wires).size, 1, wires.join("\n---\n"));
});

test("a JSON document above 64 KiB leaves in chunks of one size, however it was sent", async (t) => {
  const body = JSON.stringify({ text: "x".repeat(150_000) });
  const whole = await served(t, (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
  const inPieces = await served(t, async (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    for (let start = 0; start < body.length; start += 7_000)
      if (!response.write(body.slice(start, start + 7_000))) await once(response, "drain");
    response.end();
  });
  const [one, other] = await Promise.all([whole, inPieces].map((url) => wireOf(t, url)));
  assert.match(one ?? "", /\r\n\r\n10000\r\n/);
  assert.equal(one, other);
});

test("content codings are undone, and the upstream is asked for none", async (t) => {
  const body = '{"label":"positive"}';
  const plain = await wireOf(
    t,
    await served(t, (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    }),
  );
  for (const [coding, bytes] of [
    ["gzip", gzipSync(body)],
    ["br", brotliCompressSync(body)],
    ["deflate", deflateSync(body)],
    ["zstd", zstdCompressSync(body)],
  ] as const) {
    let asked: string | undefined;
    const url = await served(t, (request, response) => {
      asked = request.headers["accept-encoding"];
      response.writeHead(200, { "content-type": "application/json", "content-encoding": coding }).end(bytes);
    });
    assert.equal(await wireOf(t, url), plain, coding);
    assert.equal(asked, undefined);
  }
});

test("a coding that cannot be undone is refused, never passed on", async (t) => {
  for (const [coding, bytes] of [
    ["secret", "xx"],
    ["gzip", "no gzip at all"],
  ] as const) {
    const url = await served(t, (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": coding }).end(bytes);
    });
    assert.match(await wireOf(t, url), /^HTTP\/1.1 502 .*upstream_broken/s);
  }
});

test("with blind.framing: pass, length and coding are the upstream's", async (t) => {
  const bytes = gzipSync("text");
  const url = await served(t, (_request, response) => {
    response
      .writeHead(200, {
        "content-type": "text/plain",
        "content-encoding": "gzip",
        "content-length": bytes.length,
      })
      .end(bytes);
  });
  const wire = await wireOf(t, url, "blind: { framing: pass }");
  assert.match(wire, /content-length: \d+\r\ncontent-encoding: gzip/);
});

test("a JSON answer that breaks off before its end is an error, not a broken transfer", async (t) => {
  const url = await startBytes(t, `${JSON_HEAD}content-length: 100\r\n\r\n{"label":`, "end");
  assert.match(await wireOf(t, url), /^HTTP\/1.1 502 .*upstream_broken/s);
});

test("an answer with neither length nor chunks is counted, and refused where framing is required", async (t) => {
  const url = await startBytes(t, `${JSON_HEAD}\r\n{}`, "end");
  assert.match(await wireOf(t, url), /^HTTP\/1.1 200 /);
  assert.match(
    await wireOf(t, url, "upstream: { require_framing: true }"),
    /^HTTP\/1.1 502 .*require_framing/s,
  );
});

test("only listed fields of a JSON answer leave; an answer that is none does not", async (t) => {
  const fields = "blind: { body: [label, score] }";
  const json = await served(t, (_request, response) => {
    response
      .writeHead(200, { "content-type": "application/json" })
      .end('{"model":"roberta","score":0.5,"label":"positive"}');
  });
  assert.match(await wireOf(t, json, fields), /\{"label":"positive","score":0.5\}$/);
  const html = await served(t, (_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<b>roberta</b>");
  });
  const refused = await wireOf(t, html, fields);
  assert.match(refused, /^HTTP\/1.1 502 .*answer_not_blind/s);
  assert.ok(!refused.includes("roberta"));
});

test("an answer is held until a multiple of the padding, an error too, and the price is counted", async (t) => {
  const url = await served(t, (incoming, response) => {
    response.writeHead(incoming.url === "/bad" ? 500 : 200, { "content-type": "application/json" }).end("{}");
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], "blind: { pad_latency: 40ms }"));
  for (const [path, status] of [
    ["/", 200],
    ["/bad", 500],
  ] as const)
    assert.equal((await fetch(proxy.url + path)).status, status);
  const price = (await proxy.metric("ab_padding_seconds_total", { model_version: "only" })) ?? 0;
  assert.ok(price > 0 && price < 0.08, String(price));
  assert.equal(await proxy.metric("ab_padding_target_seconds"), 0.04);
});

test("a stream waits for the padding, and then flows", async (t) => {
  const pieces = 50;
  const url = await served(t, async (_request, response) => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    for (let piece = 0; piece < pieces; piece++)
      if (!response.write(Buffer.alloc(64 * 1024, piece))) await once(response, "drain");
    response.end();
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], "blind: { pad_latency: 30ms }"));
  const body = Buffer.from(await (await fetch(proxy.url)).arrayBuffer());
  assert.equal(body.length, pieces * 64 * 1024);
  assert.equal(body.at(-1), pieces - 1);
});

test("a caller that expects 100-continue is told to go on only once its body is wanted", async (t) => {
  const url = await served(t, (incoming, response) => void incoming.pipe(response));
  const proxy = await startProxy(t, configuration({ only: url }, [100], "limits: { body: 10 }"));
  const ask = (length: number) => {
    const call = request(proxy.url, {
      method: "POST",
      headers: { expect: "100-continue", "content-length": length, "content-type": "text/plain" },
    });
    let isContinued = false;
    call.on("continue", () => {
      isContinued = true;
      call.end("x".repeat(length));
    });
    call.flushHeaders();
    return once(call, "response").then(([response]) => {
      response.resume();
      return { status: response.statusCode as number, isContinued };
    });
  };
  assert.deepEqual(await ask(10), { status: 200, isContinued: true });
  assert.deepEqual(await ask(11), { status: 413, isContinued: false });
});
