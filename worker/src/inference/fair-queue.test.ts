import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FairQueue } from "./fair-queue.ts";

interface Text {
  readonly cost: number;
  readonly request: number;
  readonly number: number;
}

const texts = (request: number, costs: readonly number[]): Text[] =>
  costs.map((cost, number) => ({ cost, request, number }));
const costs = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 });

function drain(queue: FairQueue<Text>): Text[] {
  const taken: Text[] = [];
  while (queue.depth > 0) taken.push(...queue.take([0]));
  return taken;
}

test("what waits together is due by tag, the older first among equals", () => {
  fc.assert(
    fc.property(fc.array(costs, { maxLength: 8 }), (requests) => {
      const queue = new FairQueue<Text>();
      const tagged = requests.flatMap((given, request) => {
        let tag = 0;
        return texts(request, given).map((text) => {
          const tagged = { text, tag };
          tag += text.cost;
          return tagged;
        });
      });
      for (const [request, given] of requests.entries()) queue.add(texts(request, given));
      const expected = tagged.toSorted((a, b) => a.tag - b.tag).map(({ text }) => text);
      assert.deepEqual(queue.next(queue.depth), expected);
      assert.deepEqual(drain(queue), expected);
    }),
  );
});

test("whatever is added, taken and removed, depth and cost are those of what waits, and a request keeps its order", () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), costs }),
    fc.record({ kind: fc.constant("take" as const), places: fc.uniqueArray(fc.nat(9), { maxLength: 5 }) }),
    fc.record({ kind: fc.constant("remove" as const), request: fc.nat(9) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const queue = new FairQueue<Text>();
      let model: Text[] = [];
      let requests = 0;
      for (const step of commands) {
        if (step.kind === "add") {
          const added = texts(requests++, step.costs);
          queue.add(added);
          model.push(...added);
        } else if (step.kind === "take") {
          const before = queue.next(queue.depth);
          const expected = step.places.flatMap((place) => before[place] ?? []);
          assert.deepEqual(queue.take(step.places), expected);
          model = model.filter((text) => !expected.includes(text));
        } else {
          const unwanted = model.filter(({ request }) => request === step.request);
          assert.equal(
            queue.remove(({ request }) => request === step.request),
            unwanted.length,
          );
          model = model.filter((text) => !unwanted.includes(text));
        }
        const waiting = queue.next(queue.depth);
        assert.deepEqual(new Set(waiting), new Set(model));
        assert.equal(queue.depth, model.length);
        assert.equal(
          queue.cost,
          model.reduce((sum, { cost }) => sum + cost, 0),
        );
        for (let request = 0; request < requests; request += 1) {
          const own = waiting.filter((text) => text.request === request).map(({ number }) => number);
          assert.deepEqual(
            own,
            own.toSorted((a, b) => a - b),
          );
        }
      }
    }),
  );
});

test("one text of a new request comes before the many that are left of an older one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 128 }),
      fc.nat(120),
      fc.integer({ min: 1, max: 512 }),
      (many, taken, cost) => {
        const queue = new FairQueue<Text>();
        queue.add(
          texts(
            0,
            Array.from({ length: many }, () => cost),
          ),
        );
        for (let text = 0; text < Math.min(taken, many - 2); text += 1) queue.take([0]);
        queue.add(texts(1, [cost]));
        const place = queue.next(queue.depth).findIndex(({ request }) => request === 1);
        assert.ok(place <= 1, `place ${place}`);
      },
    ),
  );
});

test("requests that came together get the model in turns, however many texts each has", () => {
  const queue = new FairQueue<Text>();
  queue.add(texts(0, [10, 10, 10, 10]));
  queue.add(texts(1, [10, 10]));
  queue.add(texts(2, [30]));
  assert.deepEqual(
    drain(queue).map(({ request }) => request),
    [0, 1, 2, 0, 1, 0, 0],
  );
});

test("nobody starves: beside an endless stream of single texts a big request gets the share of one caller", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60 }), (callers, many) => {
      const queue = new FairQueue<Text>();
      let request = 1;
      for (let caller = 0; caller < callers; caller += 1) queue.add(texts(request++, [20]));
      queue.add(texts(0, new Array(many).fill(20)));
      let rounds = 0;
      for (let done = 0; done < many; rounds += 1) {
        assert.ok(rounds <= (callers + 1) * many, `${done} of ${many} after ${rounds} rounds`);
        const [text] = queue.take([0]);
        if (text?.request === 0) done += 1;
        // Whoever is answered asks again.
        else queue.add(texts(request++, [20]));
      }
    }),
  );
});

test("one who comes with as many texts again and again does not get before a single text that waits", () => {
  const queue = new FairQueue<Text>();
  for (let request = 0; request < 4; request += 1) queue.add(texts(request, new Array(100).fill(10)));
  for (let round = 0; round < 25; round += 1) queue.take([0]);
  queue.add(texts(99, [10]));
  let before = 0;
  for (let request = 100; queue.take([0])[0]?.request !== 99; request += 1) {
    queue.add(texts(request, new Array(100).fill(10)));
    before += 1;
  }
  assert.ok(before <= 8, `${before} texts came before it`);
});

test("single texts are due in the order in which they came, however long they are", () => {
  fc.assert(
    fc.property(costs, fc.array(fc.nat(3), { maxLength: 8 }), (given, taken) => {
      const queue = new FairQueue<Text>();
      const seen: (number | undefined)[] = [];
      for (const [request, cost] of given.entries()) {
        queue.add(texts(request, [cost]));
        for (let text = 0; text < (taken[request] ?? 0); text += 1) seen.push(queue.take([0])[0]?.request);
      }
      seen.push(...drain(queue).map(({ request }) => request));
      assert.deepEqual(
        seen.filter((request) => request !== undefined),
        given.map((_, request) => request),
      );
    }),
  );
});

test("what is passed over for texts of a likelier length is still due first", () => {
  const queue = new FairQueue<Text>();
  for (const [request, cost] of [10, 200, 11, 210].entries()) queue.add(texts(request, [cost]));
  assert.deepEqual(
    queue.take([0, 2]).map(({ request }) => request),
    [0, 2],
  );
  queue.add(texts(4, [195]));
  assert.deepEqual(
    drain(queue).map(({ request }) => request),
    [1, 3, 4],
  );
});

test("nothing is taken from an empty queue, and an empty request takes no place", () => {
  const queue = new FairQueue<Text>();
  queue.add([]);
  assert.deepEqual(
    [queue.take([0]), queue.take([]), queue.next(3), queue.depth, queue.cost],
    [[], [], [], 0, 0],
  );
});

test("the cost of what waits is exact, however often the clock was moved by fractions", () => {
  const queue = new FairQueue<Text>();
  for (let round = 0; round < 2000; round += 1) {
    for (let request = 0; request < 3; request += 1) queue.add(texts(request, [(round % 7) + 1, 5]));
    while (queue.depth > 5) queue.take([0, 2]);
    assert.equal(
      queue.cost,
      queue.next(queue.depth).reduce((sum, { cost }) => sum + cost, 0),
    );
  }
});
