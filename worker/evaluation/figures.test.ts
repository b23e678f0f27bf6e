import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatCount, formatSeconds, formatShare } from "./figures.ts";

test("times carry three significant digits and the fitting unit", () => {
  const cases: [number | null, string][] = [
    [0.00123, "1.23 ms"],
    [0.0099949, "9.99 ms"],
    [0.009999, "10.0 ms"],
    [0.09996, "100 ms"],
    [0.9994, "999 ms"],
    [0.9996, "1.00 s"],
    [12.34, "12.3 s"],
    [null, "–"],
    [Number.NaN, "–"],
  ];
  for (const [seconds, text] of cases) assert.equal(formatSeconds(seconds), text);
});

test("a share that does not exist is a dash, not zero", () => {
  assert.equal(formatShare(0), "0.0 %");
  assert.equal(formatShare(null), "–");
  assert.equal(formatShare(0 / 0), "–");
  assert.equal(formatShare(1.425, 0), "143 %");
});

test("counts have thousands separators and bytes binary units", () => {
  assert.equal(formatCount(1234567), "1,234,567");
  assert.equal(formatBytes(104857600), "100 MiB");
  assert.equal(formatBytes(1.5 * 1024 ** 3), "1.50 GiB");
  assert.equal(formatBytes(null), "–");
});
