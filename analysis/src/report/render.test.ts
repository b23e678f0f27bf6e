import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { sampleVerdict } from "../../../test/support/verdicts.ts";
import { maskVerdict } from "../verdict/mask.ts";
import type { Answer, Verdict } from "../verdict/verdict.ts";
import { FORMATS, type Format } from "./options.ts";
import { render } from "./render.ts";

const ANSWERS: readonly Answer[] = [
  "invalid",
  "guardrail_breached",
  "better",
  "worse",
  "no_difference",
  "not_enough_data",
];
const LETTERS = new Map([
  ["distilbert", "X"],
  ["roberta", "Y"],
]);
const PLAIN = { width: 80, isColored: false };
const SMALL = { looks: 3 };

const masked = (verdict: Verdict) => maskVerdict(verdict, LETTERS);
const show = (verdict: Verdict, format: Format = "terminal") => render(verdict, format, PLAIN);
const showMasked = (verdict: Verdict, format: Format = "terminal") => render(masked(verdict), format, PLAIN);

/** It is the same on every page, and not what they say. */
const withoutStyle = (text: string) =>
  text.replace(/<style>.*<\/style>/s, "<style></style>").replace(/sha256-[^&]+/, "sha256-");

for (const answer of ANSWERS)
  for (const [kind, shown] of [
    ["open", show],
    ["masked", showMasked],
  ] as const)
    for (const [format, ending] of [
      ["terminal", "txt"],
      ["markdown", "md"],
      ["json", "json"],
      ["html", "html"],
    ] as const)
      test(`${answer}, ${kind}, as ${format}, is what it was`, (t) => {
        const file = join(import.meta.dirname, "fixtures", `${answer}-${kind}.${ending}`);
        t.assert.fileSnapshot(withoutStyle(shown(sampleVerdict({ ...SMALL, answer }), format)), file, {
          serializers: [String],
        });
      });

test("the first line is the verdict", () => {
  const lines = (shown: typeof show) =>
    ANSWERS.map((answer) => shown(sampleVerdict({ ...SMALL, answer })).split("\n")[0]);
  assert.deepEqual(lines(show), [
    "INVALID (sample ratio mismatch, workers not comparable)",
    "GUARDRAIL BREACHED: roberta on the error ratio",
    "BETTER: roberta is better than distilbert in the accuracy",
    "WORSE: roberta is worse than distilbert in the accuracy",
    "NO DIFFERENCE beyond the margin of 1 pp in the accuracy",
    "NOT ENOUGH DATA (about 12 more days)",
  ]);
  assert.deepEqual(lines(showMasked), [
    "INVALID (sample ratio mismatch, workers not comparable)",
    "GUARDRAIL BREACHED: Y on the error ratio",
    "BETTER: Y is better than X in the accuracy",
    "BETTER: X is better than Y in the accuracy",
    "NO DIFFERENCE beyond the margin of 1 pp in the accuracy",
    "NOT ENOUGH DATA (about 12 more days)",
  ]);
});

test("which of two is the control changes no byte of a masked report", () => {
  const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  const worlds = fc.record({
    expected: fc.tuple(fc.integer({ min: 1_000, max: 90_000 }), fc.integer({ min: 1_000, max: 90_000 })),
    values: fc.tuple(share, share),
    looks: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(worlds, fc.constantFrom(...FORMATS), (world, format) => {
      assert.equal(
        showMasked(sampleVerdict({ ...world, control: 1, answer: "worse" }), format),
        showMasked(sampleVerdict({ ...world, control: 0, answer: "better" }), format),
      );
    }),
    { numRuns: 60 },
  );
});

test("no name, role or label of a variant is in a masked report, whatever the answer", () => {
  for (const answer of ANSWERS)
    for (const format of FORMATS) {
      const text = showMasked(sampleVerdict({ ...SMALL, answer }), format);
      for (const word of [
        "distilbert",
        "roberta",
        "neutral",
        "positive",
        "120,197",
        "120197",
        "402653184",
        "31.1 ms",
      ])
        assert.ok(!text.includes(word), `${word} is in ${format} of ${answer}`);
    }
});

test("no line is wider than the terminal", () => {
  for (const width of [40, 60, 80, 110])
    for (const verdict of [sampleVerdict(), masked(sampleVerdict({ answer: "invalid" }))]) {
      const lines = render(verdict, "terminal", { width, isColored: false }).split("\n");
      // The analysis' hash is one word of 64.
      const wide = lines.filter((line) => line.length > width && !line.includes("9a27fd0c51b8"));
      assert.deepEqual(wide, [], `width ${width}`);
    }
});

test("colours are there where they are wanted alone", () => {
  const verdict = sampleVerdict(SMALL);
  const colored = render(verdict, "terminal", { width: 80, isColored: true });
  assert.ok(colored.startsWith("\u001b[1;32mBETTER"));
  assert.ok(!show(verdict).includes("\u001b"));
  assert.equal(stripVTControlCharacters(colored), show(verdict));
});

test("while the comparison is invalid, no difference is shown", () => {
  for (const text of [show, showMasked].flatMap((shown) =>
    (["terminal", "markdown", "html"] as const).map((format) =>
      shown(sampleVerdict({ answer: "invalid" }), format),
    ),
  )) {
    assert.match(text, /every difference is void/);
    assert.doesNotMatch(text, /pp, interval|\+2\.74|−2\.7/);
  }
});

test("the page needs nothing else: its policy allows its own style, and there is neither script nor address in it", () => {
  const page = show(sampleVerdict(), "html");
  const [, style = ""] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
  const hash = createHash("sha256").update(style).digest("base64");
  assert.ok(page.includes(`default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;`));
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|\sstyle=|\son\w+=|\shref=|\ssrc=|url\(|https?:/i);
});

test("names that are markup stay text in every format", () => {
  const evil = `<img src=x onerror="a">|*b*\`&`;
  const verdict = sampleVerdict({ ...SMALL, names: [evil, "roberta"] });
  const page = show(verdict, "html");
  assert.ok(!page.includes("<img"));
  assert.ok(page.includes("&lt;img src=x onerror=&quot;a&quot;&gt;|*b*`&amp;"));
  const rows = show(verdict, "markdown")
    .split("\n")
    .filter((line) => line.startsWith("| \\<img"));
  assert.ok(rows.length > 0);
  for (const row of rows) assert.match(row, /\\<img src=x onerror="a"\\>\\\|\\\*b\\\*\\`\\&amp;|\\<img.*\\&/);
});

test("a report without any data is a report", () => {
  const verdict: Verdict = {
    ...sampleVerdict({ ...SMALL, answer: "not_enough_data" }),
    ...{ since: null, endsAt: null, looks: 0, daysLeft: null, configHashes: [], reasons: [] },
    ...{ comparisons: [], costs: [], agreements: [], variants: [] },
  };
  for (const format of FORMATS)
    for (const shown of [show, showMasked])
      assert.match(shown(verdict, format), /NOT ENOUGH DATA \(how many more days is unknown\)/);
});

test("what there is too little of is said in numbers, and what is not measured is not said in numbers", () => {
  const verdict = sampleVerdict({ ...SMALL, answer: "not_enough_data" });
  const [comparison] = verdict.comparisons as [Verdict["comparisons"][number]];
  const few: Verdict = {
    ...verdict,
    variants: verdict.variants.map((variant, index) => ({
      ...variant,
      classification:
        variant.classification === null ? null : { ...variant.classification, count: index === 0 ? 13 : 0 },
    })),
    validity: {
      ...verdict.validity,
      whale: { check: "unknown", largestShare: 0.4, limit: 0.1 },
      coverage: { check: "unknown", difference: null },
      sampleRatio: { ...verdict.validity.sampleRatio, limit: 6.907755278982137 },
    },
    comparisons: [
      {
        ...comparison,
        metrics: comparison.metrics.map((one) =>
          one.kind === "primary"
            ? { ...one, difference: null }
            : one.kind === "secondary"
              ? { ...one, margin: 0 }
              : one,
        ),
      },
    ],
  };
  for (const shown of [show, showMasked])
    for (const format of ["terminal", "markdown", "html"] as const) {
      const text = shown(few, format).replace(/\s+/g, " ");
      assert.match(text, /13 truths, too few for an interval/);
      assert.doesNotMatch(text, /no data yet|no truth was|margin 0 pp|40\.0 %|6\.907/i);
      assert.match(text, /not measured yet/);
    }
});

test("a class without truth has dashes and no shares", () => {
  const verdict = sampleVerdict(SMALL);
  const empty: Verdict = {
    ...verdict,
    variants: verdict.variants.map((variant) => ({
      ...variant,
      classification:
        variant.classification === null
          ? null
          : {
              ...variant.classification,
              confusion: [
                [5, 0, 1],
                [0, 0, 0],
                [0, 0, 7],
              ],
            },
    })),
  };
  assert.match(show(empty), /neutral +– +– +–/);
  assert.match(show(empty, "markdown"), /\| neutral \| – \| – \| – \|/);
  assert.match(show(empty, "html"), /neutral<\/th><td class="heat0">–<\/td><td class="heat0 right">–<\/td>/);
});

test("a wide table has the head of each cell at hand, for a narrow screen", () => {
  assert.match(show(sampleVerdict(SMALL), "html"), /<table class="rows">.*<td data-head="F1">/s);
});
