import assert from "node:assert/strict";
import test from "node:test";
import { configuration, startProxy } from "../../test/support/running-proxy.ts";
import { startUpstream } from "../../test/support/upstream.ts";

for (const [access, expected] of [
  ["off", []],
  ["errors", [404, 500]],
  ["all", [200, 404, 500]],
  ["sampled, sample: 100", [200, 404, 500]],
  ["sampled, sample: 0", []],
] as const) {
  test(`an access log of "${access}" has its requests, and nothing of what they hold`, async (t) => {
    const { url } = await startUpstream(t, (request, response) => {
      response.writeHead(request.url === "/bad" ? 500 : 200).end("answered text");
    });
    const proxy = await startProxy(t, configuration({ only: url }, [100], `log: { access: ${access} }`));
    for (const path of ["/ok?text=query", "/metrics", "/bad"])
      await (
        await fetch(proxy.url + path, {
          method: "POST",
          body: "asked text",
          headers: { "x-user-id": "alice", cookie: "model_session=secret", "x-request-id": "trace-1" },
        })
      ).text();
    await proxy.stop();
    const lines = proxy.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === "request");
    assert.deepEqual(
      requests.map(({ status }) => status),
      expected,
    );
    for (const { request_id, method, path } of requests) {
      assert.equal(request_id, "trace-1");
      assert.equal(method, "POST");
      assert.match(String(path), /^\/(ok|metrics|bad)$/);
    }
    assert.doesNotMatch(proxy.log.join(""), /alice|secret|query|text/);
  });
}
