import assert from "node:assert/strict";
import test from "node:test";
import { addressTo, createUpstreamProcess } from "../../../test/support/variant-upstreams.ts";
import { describeUpstreams } from "./upstreams.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test("an operator sees of every upstream whether it is healthy, and if not, why", (t) => {
  const { publish } = createUpstreamProcess(t);
  const upstreams = publish([addressTo("http://127.0.0.1:1/v1"), addressTo("http://model.example")]);
  const [sick, well] = upstreams.all;
  assert.ok(sick !== undefined && well !== undefined);
  for (let failure = 0; failure < 3; failure++) sick.failed("connect", "connect ECONNREFUSED 127.0.0.1:1");
  sick.inFlight = 2;
  const described = describeUpstreams([{ name: "only", upstreams }]) as Record<string, { since: string }[]>;
  for (const { since } of described.only ?? []) assert.match(since, INSTANT);
  assert.deepEqual(
    described.only?.map(({ since: _, ...rest }) => rest),
    [
      {
        url: "http://127.0.0.1:1/v1",
        in_flight: 2,
        addresses: ["127.0.0.1"],
        healthy: false,
        consecutive_failures: 3,
        ejections: 1,
        ejected_by: "connect",
        back_off_ms: null,
        last_error: "connect ECONNREFUSED 127.0.0.1:1",
        last_check: null,
      },
      {
        url: "http://model.example",
        in_flight: 0,
        addresses: [],
        healthy: true,
        consecutive_failures: 0,
        ejections: 0,
        ejected_by: null,
        back_off_ms: null,
        last_error: null,
        last_check: null,
      },
    ],
  );
});
