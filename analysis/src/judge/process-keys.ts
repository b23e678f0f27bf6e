import { z } from "zod";

const schema = z.object({
  aliases: z.record(z.string(), z.string()),
  instances: z.record(z.string(), z.string()),
});

export type KnownProcesses = z.infer<typeof schema>;

/** Where containers get another address with each start, the last met are kept. */
const MOST = 2000;

/** A process at the addresses where it answered. */
export interface Answering {
  readonly addresses: readonly string[];
  /** Random for each start; undefined where it does not say. */
  readonly instance: string | undefined;
}

/**
 * One name for each gateway, whatever addresses lead to it: were it called by another address one day, all its counts
 * would count again. Its name is the address where it was first met, also after a restart.
 */
export class ProcessKeys {
  /** Address → key. */
  readonly #aliases: Map<string, string>;
  /** Key → instance that answered last. */
  readonly #instances: Map<string, string>;

  /** @param saved what `save` gave; anything else is as nothing */
  constructor(saved: unknown = undefined) {
    const { aliases = {}, instances = {} } = schema.safeParse(saved).data ?? {};
    this.#aliases = new Map(Object.entries(aliases));
    this.#instances = new Map(Object.entries(instances));
  }

  /** One for each, in their order, no two the same: who was met before comes first to its own. */
  keysOf(answering: readonly Answering[]): readonly string[] {
    const known = new Map([...this.#instances].map(([key, instance]) => [instance, key]));
    const keys = answering.map(({ instance }) => (instance === undefined ? undefined : known.get(instance)));
    const taken = new Set(keys);
    return answering.map((one, index) => {
      const key = keys[index] ?? this.#freeKeyOf(one, taken);
      taken.add(key);
      for (const address of one.addresses) remember(this.#aliases, address, key);
      if (one.instance !== undefined) remember(this.#instances, key, one.instance);
      return key;
    });
  }

  /** Of an address where nobody answers. */
  keyAt(address: string): string {
    return this.#aliases.get(address) ?? address;
  }

  /** An address that was another gateway's may be this one's now, while that one answers elsewhere. */
  #freeKeyOf({ addresses }: Answering, taken: ReadonlySet<string | undefined>): string {
    const sorted = addresses.toSorted();
    const former = sorted.flatMap((address) => this.#aliases.get(address) ?? []);
    const free = [...former, ...sorted].find((key) => !taken.has(key));
    return free ?? `${sorted.join()} beside ${former.join()}`;
  }

  save(): KnownProcesses {
    return { aliases: Object.fromEntries(this.#aliases), instances: Object.fromEntries(this.#instances) };
  }
}

function remember(map: Map<string, string>, name: string, value: string): void {
  map.delete(name);
  map.set(name, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST) return;
    map.delete(oldest);
  }
}
