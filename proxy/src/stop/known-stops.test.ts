import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/load.ts";
import { lettersOf } from "../experiment/letters.ts";
import { KnownStops, readNotice } from "./known-stops.ts";

const NOW = 5_000;

function parse(phase = 1, control = "a", name = "ranking") {
  const variants = ["a", "b", "c"].map(
    (one, index) =>
      `  - { name: ${one}, weight: ${[50, 30, 20][index]}, control: ${one === control}, upstreams: ["http://${one}"] }`,
  );
  const text = [`experiment: { name: ${name}, phase: ${phase} }`, "variants:", ...variants, ""].join("\n");
  return parseConfig(text, "experiment.yaml", {}, {}).config;
}

const config = parse();
const letter = (name: string) => lettersOf(config).get(name) ?? assert.fail(name);
const notice = (...stopped: string[]) => ({ experiment: "ranking", phase: 1, stopped, at: 1_000 });
const names = (stops: readonly { readonly variant: string }[]) => stops.map(({ variant }) => variant);

test("letters of a notice are variants of the configuration, and the control is never one", () => {
  assert.deepEqual(readNotice(notice(letter("b")), config, NOW), [
    { experiment: "ranking", phase: 1, variant: "b", at: 1_000 },
  ]);
  assert.deepEqual(names(readNotice(notice(letter("a"), letter("c"), "Q", ""), config, NOW)), ["c"]);
  assert.deepEqual(readNotice(notice(), config, NOW), []);
  assert.equal(readNotice({ ...notice(letter("b")), at: null }, config, NOW)[0]?.at, NOW);
});

test("a notice of another experiment or phase says nothing", () => {
  assert.deepEqual(readNotice({ ...notice(letter("b")), phase: 2 }, config, NOW), []);
  assert.deepEqual(readNotice({ ...notice(letter("b")), experiment: "other" }, config, NOW), []);
});

test("a stop holds for its phase, whatever is said later, and for no other", () => {
  const known = new KnownStops();
  const [b, c] = [letter("b"), letter("c")];
  assert.deepEqual(names(known.add(readNotice(notice(b), config, NOW))), ["b"]);
  assert.deepEqual(names(known.add(readNotice(notice(c, b), config, NOW))), ["c"]);
  assert.deepEqual(names(known.add(readNotice(notice(), config, NOW))), []);
  assert.deepEqual(names(known.of(config)), ["b", "c"]);
  assert.deepEqual(known.of(parse(2)), []);
  assert.deepEqual(known.of(parse(1, "a", "other")), []);
  assert.deepEqual(names(known.of(parse(1))), ["b", "c"]);
});

test("whoever becomes the control is no longer stopped", () => {
  const known = new KnownStops();
  known.add(readNotice(notice(letter("b"), letter("c")), config, NOW));
  assert.deepEqual(names(known.of(parse(1, "b"))), ["c"]);
});
