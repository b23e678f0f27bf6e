import { createHash } from "node:crypto";
import { RecentIds } from "../../../proxy/src/outcomes/recent-ids.ts";

export interface IdsCost {
  readonly megabytes: number;
  readonly addUs: number;
  readonly findUs: number;
}

/** What it costs to remember so many ids, and one and a half times as many having come. */
export function measureIds(count: number): IdsCost {
  const digests = Array.from({ length: 1_000 }, (_, index) =>
    createHash("sha256").update(`${index}`).digest(),
  );
  /** Another for each number, spread like a digest and cheaper to make. */
  const digestOf = (number: number) => {
    const digest = digests[number % digests.length] as Buffer;
    digest.writeUInt32BE(Math.imul(number, 0x9e3779b1) >>> 0, 4);
    digest.writeUInt32BE(number, 0);
    return digest;
  };
  const before = process.memoryUsage.rss();
  const ids = new RecentIds(count);
  const total = Math.floor(count * 1.5);
  let begun = performance.now();
  for (let number = 0; number < total; number++) ids.add({ digest: digestOf(number), value: number });
  const addUs = ((performance.now() - begun) * 1000) / total;
  begun = performance.now();
  for (let number = 0; number < total; number++) ids.find({ digest: digestOf(number) });
  const findUs = ((performance.now() - begun) * 1000) / total;
  return { megabytes: (process.memoryUsage.rss() - before) / 1e6, addUs, findUs };
}
