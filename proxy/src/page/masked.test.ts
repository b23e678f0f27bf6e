import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Collected } from "./collection.ts";
import { maskedSnapshot } from "./masked.ts";
import type { GatewayVariantNumbers, MaskedSnapshot, WorkerNumbers } from "./snapshot.ts";

const LETTERS = new Map([
  ["kestrel", "Y"],
  ["osprey", "X"],
]);

/** What may differ between the variants without being seen, and what is seen of them. */
interface Facts {
  readonly name: string;
  readonly weight: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, number>>;
  readonly secret: number;
}

function collectedFrom(facts: readonly Facts[], more: Partial<Collected> = {}): Collected {
  const numbers = ({ weight, requests, secret }: Facts): GatewayVariantNumbers => ({
    weight,
    requests,
    assignments: secret,
    expectedAssignments: secret,
    exposures: secret,
    inFlight: secret,
    upstreamsHealthy: 1 + secret,
    upstreams: 1 + secret,
    duration: { bounds: [secret], cumulated: [secret, secret], sum: secret },
  });
  const predictions = ({ labels, secret }: Facts): WorkerNumbers => ({
    predictions: { 200: labels, 500: { none: secret } },
    inference: { bounds: [secret], cumulated: [secret, secret], sum: secret },
    residentBytes: secret,
    memoryLimitBytes: secret,
    labelBaseline: { positive: secret },
  });
  return {
    at: 1_000,
    letters: LETTERS,
    generation: 1,
    shape: {
      experiment: "birds",
      phase: 2,
      maxInFlight: 1,
      variants: facts.map(({ name, weight }, index) => ({ name, weight, control: index === 0 })),
    },
    gateways: [
      {
        address: "127.0.0.1:1",
        numbers: {
          configHash: "abcdefabcdef",
          lastReloadSuccessful: true,
          residentBytes: 1,
          eventLoopP99Seconds: 1,
          variants: Object.fromEntries(facts.map((one) => [one.name, numbers(one)])),
        },
      },
    ],
    workers: facts.map((one) => ({ variant: one.name, address: "10.0.0.7:1", numbers: predictions(one) })),
    reloads: [],
    ...more,
  };
}

const kestrel: Facts = {
  name: "kestrel",
  weight: 90,
  requests: { 200: 49_000, 503: 160 },
  labels: { positive: 33_000, negative: 15_000 },
  secret: 17,
};
const osprey: Facts = {
  name: "osprey",
  weight: 10,
  requests: { 200: 5_000, 400: 7 },
  labels: { positive: 2_000, negative: 3_100, neutral: 25_000 },
  secret: 23,
};

const mask = (facts: readonly Facts[], previous?: MaskedSnapshot, more?: Partial<Collected>) =>
  maskedSnapshot(collectedFrom(facts, more), { previous, nextAt: 2_000 });

test("variants are letters, shares are coarse and among the labels that all have, counts are one round total", () => {
  const expected: MaskedSnapshot = {
    masked: true,
    at: 1_000,
    nextAt: 2_000,
    experiment: { name: "birds", phase: 2 },
    requests: 54_000,
    isAvailable: true,
    variants: [
      { name: "X", errorShare: { atLeast: 0, below: 0.001 }, labelShares: { negative: 0.6, positive: 0.4 } },
      {
        name: "Y",
        errorShare: { atLeast: 0.001, below: 0.005 },
        labelShares: { negative: 0.3, positive: 0.7 },
      },
    ],
    reloads: [],
  };
  assert.deepEqual(mask([kestrel, osprey]), expected);
});

test("what would tell the variants changes not one byte, whatever it is and however the file is ordered", () => {
  const shown = JSON.stringify(mask([kestrel, osprey]));
  const secret = fc.nat();
  fc.assert(
    fc.property(
      secret,
      secret,
      fc.nat(98),
      fc.boolean(),
      fc.dictionary(fc.string(), fc.nat()),
      (one, two, weight, isTurned, alone) => {
        const labels = Object.fromEntries(
          Object.entries(alone).filter(([label]) => !(label in kestrel.labels)),
        );
        const facts = [
          { ...kestrel, secret: one, weight: weight + 1 },
          { ...osprey, secret: two, weight: 99 - weight, labels: { ...osprey.labels, ...labels } },
        ];
        assert.equal(JSON.stringify(mask(isTurned ? facts.reverse() : facts)), shown);
      },
    ),
  );
});

test("shares are shown for all variants or for none: the one that is shown late would be the smaller", () => {
  const few = mask([
    kestrel,
    { ...osprey, requests: { 200: 4_999 }, labels: { positive: 2_500, negative: 2_499 } },
  ]);
  assert.deepEqual(few.variants, [
    { name: "X", errorShare: undefined, labelShares: {} },
    { name: "Y", errorShare: undefined, labelShares: {} },
  ]);
});

test("a variant whose workers do not answer takes the labels of all away, and its letter stays", () => {
  const { workers } = collectedFrom([kestrel, osprey]);
  const [first, second] = workers;
  for (const answering of [[first], [second]]) {
    const { variants } = mask([kestrel, osprey], undefined, {
      workers: answering.flatMap((one) => one ?? []),
    });
    assert.deepEqual(
      variants.map(({ name, labelShares }) => [name, labelShares]),
      [
        ["X", {}],
        ["Y", {}],
      ],
    );
  }
});

test("that a variant is not available is said without saying which", () => {
  const shown = [kestrel, osprey].map((sick) => {
    const collected = collectedFrom([kestrel, osprey]);
    const [gateway] = collected.gateways;
    const variants = gateway?.numbers?.variants ?? {};
    Object.assign(variants[sick.name] ?? {}, { upstreamsHealthy: 0 });
    return maskedSnapshot(collected, { previous: undefined, nextAt: 2_000 });
  });
  assert.equal(shown[0]?.isAvailable, false);
  assert.deepEqual(shown[0], shown[1]);
});

test("a variant that nobody gets is there all the same: the letter that is missing would be its own", () => {
  const without = (one: Facts) => ({ ...one, weight: 0, requests: {}, labels: { positive: 0, negative: 0 } });
  const first = mask([without(kestrel), { ...osprey, weight: 100 }]);
  assert.deepEqual(first.variants, [
    { name: "X", errorShare: undefined, labelShares: {} },
    { name: "Y", errorShare: undefined, labelShares: {} },
  ]);
  const second = mask([{ ...kestrel, weight: 100 }, without(osprey)]);
  assert.deepEqual(second.variants, first.variants);
  // What it had answered before stays to be seen, like the others'.
  const late = mask([
    { ...kestrel, weight: 100 },
    { ...osprey, weight: 0 },
  ]);
  assert.deepEqual(late, mask([kestrel, osprey]));
});

test("a share that was shown stays until it is clearly another: one's own requests do not show at a boundary", () => {
  const at = (positive: number, errors: number, previous?: MaskedSnapshot) =>
    mask(
      [
        {
          ...kestrel,
          requests: { 200: 100_000 - errors, 500: errors },
          labels: { positive, negative: 100_000 - positive },
        },
        osprey,
      ],
      previous,
    );
  const shown = (snapshot: MaskedSnapshot) => {
    const [, y] = snapshot.variants;
    return [y?.labelShares.positive, y?.errorShare?.atLeast];
  };
  const before = at(52_000, 480);
  assert.deepEqual(shown(before), [0.5, 0.001]);
  // Afresh these would be 0.55 and 0.005.
  assert.deepEqual(shown(at(53_900, 590, before)), [0.5, 0.001]);
  const after = at(54_100, 610, before);
  assert.deepEqual(shown(after), [0.55, 0.005]);
  assert.deepEqual(shown(at(51_100, 410, after)), [0.55, 0.005]);
  assert.deepEqual(shown(at(50_900, 390, after)), [0.5, 0.001]);
});

test("the total is rounded down to two digits", () => {
  for (const [count, expected] of [
    [0, 0],
    [9, 9],
    [99, 99],
    [100, 100],
    [109, 100],
    [1_299, 1_200],
    [999_999, 990_000],
  ] as const)
    assert.equal(
      mask([
        { ...kestrel, requests: { 200: count } },
        { ...osprey, requests: {} },
      ]).requests,
      expected,
    );
});

test("several gateways and workers of a variant are added up; one that does not answer is left out", () => {
  const one = collectedFrom([kestrel, osprey]);
  const twice: Partial<Collected> = {
    gateways: [...one.gateways, ...one.gateways, { address: "10.0.0.8:1", problem: "kestrel" }],
    workers: [
      ...one.workers,
      ...one.workers,
      { variant: "kestrel", address: "10.0.0.9:1", problem: "kestrel" },
    ],
  };
  const single = mask([kestrel, osprey]);
  assert.deepEqual(mask([kestrel, osprey], undefined, twice), { ...single, requests: 100_000 });
});

test("of reloads only when and how they ended is told, not what was wrong", () => {
  const problem = { path: "variants[0].kestrel", line: 3, column: 1, message: "kestrel" };
  const outcome = { trigger: "http", hash: "a", previousHash: "b" } as const;
  const { reloads } = mask([kestrel, osprey], undefined, {
    reloads: [
      { ...outcome, result: "rejected", at: 5, problems: [problem] },
      { ...outcome, result: "swapped", at: 6, problems: [] },
    ],
  });
  assert.deepEqual(reloads, [
    { at: 6, result: "swapped" },
    { at: 5, result: "rejected" },
  ]);
});
