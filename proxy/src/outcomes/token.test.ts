import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NAME_CODE_BYTES, nameCode } from "./name-code.ts";
import { openToken, TokenSeal } from "./token.ts";
import { deriveTokenKey } from "./token-key.ts";
import { complete, draftOf, widthOf } from "./token-layout.ts";

const bytes = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((array) => Buffer.from(array).toString("latin1"));

const claims = fc.record(
  {
    experiment: bytes(NAME_CODE_BYTES),
    phase: fc.nat(9999),
    variant: bytes(NAME_CODE_BYTES),
    weights: fc.array(fc.nat(100), { minLength: 1, maxLength: 12 }),
    analysisBucket: fc.nat(99),
    label: bytes(NAME_CODE_BYTES),
    score: fc.double(),
    issuedAt: fc.maxSafeNat().map((number) => number % 2 ** 48),
  },
  { noNullPrototype: true },
);

test("what goes into a token comes out of it, and its length says how many variants there are", () => {
  const key = deriveTokenKey("a secret for the tests");
  fc.assert(
    fc.property(claims, (claim) => {
      const draft = draftOf(claim);
      complete(draft, { ...claim, label: Buffer.from(claim.label, "latin1") });
      const token = new TokenSeal(key, widthOf(claim.weights.length), () => undefined).seal(draft);
      assert.match(token, /^[\w-]+$/);
      assert.equal(token.length, Math.ceil(((73 + claim.weights.length) * 4) / 3));
      assert.deepEqual(openToken([key], token)?.claim, claim);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("the key that a token names opens it, among others and whatever their order", () => {
  const [first, second, third] = ["first secret", "second secret", "third secret"].map(deriveTokenKey);
  assert.ok(first && second && third);
  const draft = draftOf({ experiment: nameCode("a"), phase: 1, variant: nameCode("b"), weights: [100] });
  const token = new TokenSeal(second, widthOf(1), () => undefined).seal(draft);
  assert.ok(openToken([first, second, third], token));
  assert.equal(openToken([first, third], token), undefined);
});

test("each token that was sealed is told to whoever counts them", () => {
  const key = deriveTokenKey("a secret for the tests");
  const counted: number[] = [];
  const seal = new TokenSeal(key, widthOf(1), ({ sealed }) => counted.push(sealed));
  for (let count = 0; count < 3; count++) seal.seal(Buffer.alloc(widthOf(1)));
  assert.deepEqual(counted, [1, 2, 3]);
});
