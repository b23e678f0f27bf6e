import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseExperiment, problemsOf } from "../../../test/support/small-experiment.ts";
import { createPathJudge } from "../blind/paths.ts";
import { hiddenPath } from "./hidden-path.ts";

const problem = (path: string) => {
  const problems = problemsOf(`blind: { hidden_paths: [${JSON.stringify(path)}] }`);
  assert.ok(problems.length <= 1, problems.join("\n"));
  return problems[0];
};

test("a path that would not hide itself is refused, with the spelling that does", () => {
  for (const [path, remedy] of [
    ["/secret;v=1", "/secret"],
    ["/secret.", "/secret"],
    ["/./secret", "/secret"],
    ["/x/../secret", "/secret"],
    ["/a\\b", "/a/b"],
    ["/Straße", "/strasse"],
    ["/ſecret", "/secret"],
    ["/ｓecret/ﬁle", "/secret/file"],
    ["/%73ecret", "/secret"],
    ["/a%2Fb", "/a/b"],
  ] as const) {
    assert.match(problem(path) ?? "", /^blind\.hidden_paths\[0\]: .* does not hide itself: /, path);
    assert.ok(problem(path)?.endsWith(`write ${JSON.stringify(remedy)}`), problem(path) ?? path);
    assert.equal(problem(remedy), undefined);
    assert.equal(createPathJudge([remedy])(encodeURI(path)), "hidden");
  }
});

test("a path that names nothing has no better spelling, and is told what one looks like", () => {
  for (const path of ["/..", "/.", "/;v=1", "/a/..", "/\ud800"]) {
    assert.match(
      problem(path) ?? "",
      /does not hide itself: .*write it in plain letters, such as \/internal$/,
      path,
    );
  }
  assert.match(problem(`/${"a".repeat(2048)}`) ?? "", /a text of 2049 characters is too large/);
});

test("what is refused for its form is told that alone", () => {
  for (const path of ["secret", "/", "/a/", "/a//b", "/a?b", "/a#b", "/a b", "/a\u0000"])
    assert.match(problem(path) ?? "", /is no path to hide: begin with \/, name at least one segment/, path);
});

test("plain, capital, accented and per-cent letters are taken as they are", () => {
  const paths = ["/internal", "/Internal/v1.2", "/é/日本", "/100%", "/a_b-c~d", "/...", "/.well-known"];
  const { hiddenPaths } = parseExperiment(`blind: { hidden_paths: ${JSON.stringify(paths)} }`).blind;
  assert.deepEqual(hiddenPaths.slice(-paths.length), paths);
});

test("whatever is accepted hides exactly itself, plain and encoded", () => {
  const character = fc.oneof(
    fc.constantFrom("/", ".", ";", "\\", "%", "2", "5", "a", "A", "ß", "ſ", "é", "İ", "ŉ", "=", "~"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.array(character, { minLength: 1, maxLength: 12 }), (characters) => {
      const path = `/${characters.join("")}`;
      if (!hiddenPath.safeParse(path).success) return;
      const judge = createPathJudge([path]);
      assert.deepEqual([judge(path), judge(encodeURI(path))], ["hidden", "hidden"]);
    }),
    { numRuns: 2000 },
  );
});
