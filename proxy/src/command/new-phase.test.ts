import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/load.ts";
import { findNewPhase } from "./new-phase.ts";

interface Parts {
  experiment?: string;
  /** Of variants, in file order: name and its upstreams. */
  variants?: readonly (readonly [string, string])[];
  weights?: readonly number[];
  control?: string;
  more?: string;
}

const SERVICES = [
  ["one", '"http://one"'],
  ["two", '"http://two", "http://two-b"'],
] as const;

function parse({ experiment = "", variants = SERVICES, weights = [50, 50], control, more = "" }: Parts) {
  const lines = variants.map(
    ([name, upstreams], index) =>
      `  - { name: ${name}, weight: ${weights[index]}, upstreams: [${upstreams}]${name === control ? ", control: true" : ""} }`,
  );
  const text = [`experiment: { name: ranking${experiment} }`, "variants:", ...lines, more, ""].join("\n");
  return parseConfig(text, "experiment.yaml", {}, {}).config;
}

function reasons(before: Parts, after: Parts) {
  const { needed, perhaps } = findNewPhase(parse(before), parse(after));
  const say = (remarks: typeof needed) => remarks.map(({ path, message }) => `${path} ${message}`);
  return { needed: say(needed), perhaps: say(perhaps) };
}

const OUTCOMES = "secrets: sixteen-characters-and-more";
const outcomes = (more: string) => ({ more: `outcomes: { ${OUTCOMES}${more} }` });

test("weights, addresses of our own, limits and logs need no new phase", () => {
  for (const after of [
    {},
    { weights: [90, 10] },
    { more: "log: { access: all }\nlimits: { rate: { requests: 5, per: 1s } }\nlisten: { port: 9 }" },
    { more: "judge: { step: 1m }\nupstream: { first_byte_timeout: 5s }" },
  ])
    assert.deepEqual(reasons({}, after), { needed: [], perhaps: [] });
});

test("what makes counts of before and after different things needs one", () => {
  const cases: readonly (readonly [Parts, Parts, RegExp])[] = [
    [{}, { experiment: ", salt: another-salt-of-letters" }, /^experiment\.salt users are assigned anew/],
    [{}, { more: "identity: { header: x-account }" }, /^identity\.header users who were known by x-user-id/],
    [{}, { control: "two" }, /^variants every treatment is compared with the control/],
    [
      {},
      {
        variants: [
          ["one", '"http://one"'],
          ["three", '"http://two"'],
        ],
      },
      /^variants a comparison has the same/,
    ],
    [{}, { variants: SERVICES.toReversed(), control: "one" }, /^variants their order decides/],
    [
      {},
      { variants: [["one", '"http://new"'], SERVICES[1]] },
      /^variants\[0\]\.upstreams other services answer for one: unless they run the same model/,
    ],
    [{}, { more: "exposure: { methods: [POST] }" }, /^exposure\S* other requests count than before/],
    [
      { more: "exposure: { paths: [/predict] }" },
      { more: "exposure: { paths: [/predict, /forward] }" },
      /^exposure\.paths\[1\] other requests count/,
    ],
    [{}, { more: "analysis: { margin: 0.02, tau: 0.02 }" }, /^analysis\.margin what is fixed beforehand/],
    [{}, { more: "analysis: { slower_than: 250ms }" }, /^analysis\.slower_than what is fixed beforehand/],
    [
      {},
      { more: "analysis: { guardrails: [{ metric: error_ratio, margin: 0.02 }] }" },
      /^analysis\.guardrails\[0\]\.margin what is fixed/,
    ],
    [{}, outcomes(""), /^outcomes what was answered before has no token/],
    [outcomes(""), {}, /^outcomes nothing is reported any more/],
    [
      outcomes(", allowed: [{ name: revenue, min: 0, max: 5 }]"),
      outcomes(", allowed: [{ name: revenue, min: 1, max: 5 }]"),
      /^outcomes\.allowed\[0\]\.min outcomes begin, end or are summed otherwise/,
    ],
    [
      outcomes(", labels: [good, bad]"),
      outcomes(", labels: [good, bad, so-so]"),
      /^outcomes\.labels\[2\] the same label is counted under another name/,
    ],
  ];
  for (const [before, after, expected] of cases) {
    const { needed, perhaps } = reasons(before, after);
    assert.equal(needed.length, 1, needed.join("\n"));
    assert.match(needed[0] ?? "", expected);
    assert.deepEqual(perhaps, []);
  }
});

test("one more replica, and shadow requests, may need one", () => {
  const more = { variants: [SERVICES[0], ["two", '"http://two-b", "http://two-c"']] as const };
  const { needed, perhaps } = reasons({}, more);
  assert.deepEqual(needed, []);
  assert.match(perhaps.join(), /^variants\[1\]\.upstreams other services answer for two: unless/);
  assert.match(
    reasons({}, { more: "shadow: { variant: two }" }).perhaps.join(),
    /^shadow two has another load/,
  );
});

test("who begins a new phase, or another experiment, is told nothing", () => {
  const more = "analysis: { margin: 0.02 }\nexposure: { methods: [POST] }";
  for (const experiment of [", phase: 2", "-anew"])
    assert.deepEqual(reasons({}, { experiment, more }), { needed: [], perhaps: [] });
});
