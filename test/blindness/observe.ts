import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { createRandom, shuffle } from "../support/random.ts";
import { KeptConnection } from "./caller.ts";
import type { Seen } from "./features.ts";
import { type Situation, situations } from "./situations.ts";

/** Of each situation, label and half: 20 situations make 4,000 requests. */
const OF_EACH = 50;
const CONNECTIONS = 8;

interface Planned {
  readonly situation: Situation;
  readonly label: number;
  readonly half: number;
}

export interface Halves {
  readonly training: readonly Seen[];
  readonly held: readonly Seen[];
}

/**
 * Sends labelled requests over kept connections and tells what a caller sees of the answers, in two halves that hold the
 * same requests.
 *
 * @param portOf where requests with this label go; the same for both when they go through the proxy
 */
export async function observe(
  portOf: (label: number) => number,
  seed: number,
  asked: readonly Situation[] = situations,
  ofEach = OF_EACH,
): Promise<Halves> {
  const random = createRandom(seed);
  const plan: Planned[] = [];
  for (const situation of asked)
    for (const label of [0, 1])
      for (const half of [0, 1])
        for (let count = 0; count < ofEach; count++) plan.push({ situation, label, half });
  shuffle(plan, random);
  const halves: [Seen[], Seen[]] = [[], []];
  const newId = createIds(random);
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const connections = [new KeptConnection(portOf(0)), new KeptConnection(portOf(1))] as const;
      for (let next = plan.pop(); next !== undefined; next = plan.pop()) {
        const { situation, label, half } = next;
        // Through the proxy both variants meet on one connection, so that one could be told by what it does to the next.
        const connection = connections[portOf(0) === portOf(1) ? 0 : label === 0 ? 0 : 1];
        const sight = await connection.call(situation, newId(label));
        halves[half === 0 ? 0 : 1].push({ situation: situation.name, sight, label });
      }
      for (const connection of connections) connection.close();
    }),
  );
  return { training: halves[0], held: halves[1] };
}

/** Ids of one length, drawn until the assignment says the wanted variant. */
function createIds(random: () => number): (label: number) => string {
  const { assign } = createAssignment({ salt: "", weights: [50, 50] });
  return (label) => {
    for (;;) {
      const id = `user-${String(Math.floor(random() * 1e9)).padStart(9, "0")}`;
      if (assign(id).variant === label) return id;
    }
  };
}
