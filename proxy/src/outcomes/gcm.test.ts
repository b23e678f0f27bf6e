import assert from "node:assert/strict";
import { createCipheriv, createSecretKey, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { GcmSealer, NONCE_BYTES, TAG_BYTES } from "./gcm.ts";

/** What node:crypto makes of it by itself. */
function reference(key: Buffer, nonce: Buffer, message: Buffer): string {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(message), cipher.final(), cipher.getAuthTag()]).toString("hex");
}

function seal(sealer: GcmSealer, message: Buffer): Buffer {
  const sealed = Buffer.alloc(NONCE_BYTES + message.length + TAG_BYTES);
  sealer.seal(message, sealed, 0);
  return sealed;
}

/** Test cases 13 to 15 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: AES-256, without additional data. */
const VECTORS = [
  { key: "00".repeat(32), nonce: "00".repeat(12), text: "", sealed: "530f8afbc74536b9a963b4f1c4cb738b" },
  {
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    text: "00".repeat(16),
    sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    nonce: "cafebabefacedbaddecaf888",
    text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
    sealed:
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c",
  },
];

test("the published vectors of AES-256-GCM come out", () => {
  for (const { key, nonce, text, sealed } of VECTORS) {
    const message = Buffer.from(text, "hex");
    const sealer = new GcmSealer(createSecretKey(Buffer.from(key, "hex")), message.length, (nonces) => {
      for (let at = 0; at < nonces.length; at += NONCE_BYTES) nonces.write(nonce, at, "hex");
    });
    assert.equal(seal(sealer, message).toString("hex"), nonce + sealed);
  }
});

test("messages of any width come out as node:crypto seals them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 200 }),
      (keyBytes, bytes) => {
        const [key, message] = [Buffer.from(keyBytes), Buffer.from(bytes)];
        const sealer = new GcmSealer(createSecretKey(key), message.length);
        for (let time = 0; time < 3; time++) {
          const sealed = seal(sealer, message);
          assert.equal(sealed.toString("hex"), reference(key, sealed.subarray(0, NONCE_BYTES), message));
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test("no nonce comes twice, over many fillings of the pool", () => {
  const key = randomBytes(32);
  const sealer = new GcmSealer(createSecretKey(key), 44);
  const nonces = new Set<string>();
  for (let count = 0; count < 5_000; count++) {
    const sealed = seal(sealer, Buffer.alloc(44, count));
    const nonce = sealed.subarray(0, NONCE_BYTES);
    assert.equal(sealed.toString("hex"), reference(key, nonce, Buffer.alloc(44, count)));
    nonces.add(nonce.toString("hex"));
  }
  assert.equal(nonces.size, 5_000);
});
