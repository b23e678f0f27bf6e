import assert from "node:assert/strict";
import { test } from "node:test";
import * as numbers from "./numbers.ts";

function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

test("numbers are written with three digits that count and their unit", () => {
  assert.equal(plain(numbers.formatSeconds(0.001_834)), "1.83 ms");
  assert.equal(plain(numbers.formatSeconds(0.1834)), "183 ms");
  assert.equal(plain(numbers.formatSeconds(1.834)), "1.83 s");
  assert.equal(plain(numbers.formatSeconds(0)), "0 ms");
  assert.equal(plain(numbers.formatBytes(141_557_760)), "135 MiB");
  assert.equal(plain(numbers.formatBytes(16 * 1024 ** 3)), "16.0 GiB");
  assert.equal(plain(numbers.formatRate(1_234.5)), "1,235 / s");
  assert.equal(plain(numbers.formatRate(0.25)), "0.25 / s");
  assert.equal(numbers.formatCount(1_234_567), "1,234,567");
});

test("what is rounded up to the next unit, or to one digit more, is written as that", () => {
  assert.equal(plain(numbers.formatSeconds(0.9996)), "1.00 s");
  assert.equal(plain(numbers.formatSeconds(0.009_999_99)), "10.0 ms");
  assert.equal(plain(numbers.formatSeconds(0.099_96)), "100 ms");
  assert.equal(plain(numbers.formatSeconds(9.996)), "10.0 s");
  assert.equal(plain(numbers.formatBytes(1_023.7 * 1024 ** 2)), "1.00 GiB");
  assert.equal(plain(numbers.formatBytes(1_000 * 1024 ** 2)), "1000 MiB");
  assert.equal(plain(numbers.formatRate(99.97)), "100 / s");
  assert.equal(plain(numbers.formatSmallShare(0.099_996)), "10.0 %");
});

test("a small share is never rounded to none", () => {
  assert.equal(plain(numbers.formatSmallShare(0.000_001)), "< 0.01 %");
  assert.equal(plain(numbers.formatSmallShare(0.0045)), "0.45 %");
  assert.equal(plain(numbers.formatSmallShare(0.25)), "25.0 %");
  assert.equal(plain(numbers.formatSmallShare(0)), "0.00 %");
});

test("what there is none of is a dash", () => {
  const { formatSeconds, formatShare, formatSmallShare, formatBytes, formatRate, formatCount, formatIndex } =
    numbers;
  for (const format of [
    formatSeconds,
    formatShare,
    formatSmallShare,
    formatBytes,
    formatRate,
    formatCount,
    formatIndex,
  ])
    assert.equal(format(undefined), "–");
});

test("lengths are minutes and seconds, lists are read aloud", () => {
  assert.equal(plain(numbers.formatLength(48_200)), "48 s");
  assert.equal(plain(numbers.formatLength(60_000)), "1 min");
  assert.equal(plain(numbers.formatLength(61_000)), "1 min 1 s");
  assert.equal(numbers.formatList(["a", "b", "c"]), "a, b and c");
  assert.equal(numbers.formatList([]), "");
});
