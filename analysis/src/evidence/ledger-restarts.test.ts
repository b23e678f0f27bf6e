import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPOSURES, outcomeCell, valueCell } from "./cell.ts";
import { Ledger } from "./ledger.ts";
import type { ProcessReading, Sample } from "./reading.ts";
import { STEP_MS, TestCounters, testPlan } from "./test-counters.ts";

const CONVERTED = outcomeCell("converted");

function countOf(ledger: Ledger, variant: number, cell: string): number {
  const counts = ledger.evidence.account.counts.find("50/50", variant, cell);
  return counts?.reduce((sum, count) => sum + count, 0) ?? 0;
}

function journal(id: string): Sample {
  return { name: "ab_outcome_journal_info", labels: { journal: id }, value: 1 };
}

interface Said extends Partial<Pick<ProcessReading, "process" | "instance">> {
  readonly counters: TestCounters;
  readonly journal?: string;
}

function gateway({ counters, process = "first:8081", instance, journal: id }: Said): ProcessReading {
  const samples = [...counters.samples(), ...(id === undefined ? [] : [journal(id)])];
  return { process, tier: "gateway", instance, samples };
}

function read(ledger: Ledger, step: number, ...gateways: Said[]): boolean {
  return ledger.take({ at: step * STEP_MS, processes: gateways.map(gateway) });
}

/** After the way of a state file. */
function again(ledger: Ledger): Ledger {
  const restored = Ledger.fromJSON(testPlan(), JSON.parse(JSON.stringify(ledger)));
  assert.ok(restored);
  return restored;
}

function counted(exposures: number, converted: number): TestCounters {
  const counters = new TestCounters();
  counters.expose("a", 7, exposures);
  counters.outcome("a", 7, "converted", converted);
  return counters;
}

test("a journal that is replayed at another address is not counted again, and goes on from there", () => {
  for (const keep of [(ledger: Ledger) => ledger, again]) {
    let ledger = new Ledger(testPlan());
    read(ledger, 1, { counters: counted(50, 30), journal: "j" });
    ledger = keep(ledger);
    read(ledger, 2, { counters: counted(1, 30), journal: "j", process: "second:8081" });
    assert.equal(countOf(ledger, 0, CONVERTED), 30);
    assert.equal(countOf(ledger, 0, EXPOSURES), 51, "requests are no journal's");
    ledger = keep(ledger);
    read(ledger, 3, { counters: counted(2, 34), journal: "j", process: "second:8081" });
    // Back at the address of before, whose own last counts are old by now.
    read(ledger, 4, { counters: counted(60, 35), journal: "j" });
    assert.equal(countOf(ledger, 0, CONVERTED), 35);
  }
});

test("another journal at the same address begins at 0", () => {
  const ledger = new Ledger(testPlan());
  read(ledger, 1, { counters: counted(50, 30), journal: "j" });
  read(ledger, 2, { counters: counted(1, 40), journal: "k" });
  assert.equal(countOf(ledger, 0, CONVERTED), 70);
});

test("a journal that has lost its last lines, or adds up in another order, counts nothing twice", () => {
  const ledger = new Ledger(testPlan());
  const rate = (value: number) => {
    const counters = counted(50, 30);
    counters.add("ab_bucket_outcome_value_total", "a", 7, value, { outcome: "rating" });
    return counters;
  };
  read(ledger, 1, { counters: rate(0.1 + 0.2), journal: "j" });
  read(ledger, 2, { counters: rate(0.3), journal: "j" });
  read(ledger, 3, { counters: counted(50, 29), journal: "j" });
  read(ledger, 4, { counters: counted(50, 31), journal: "j" });
  assert.equal(countOf(ledger, 0, CONVERTED), 31);
  assert.equal(countOf(ledger, 0, valueCell("rating")), 0.1 + 0.2);
});

test("a copied journal is each gateway's own from then on", () => {
  const ledger = new Ledger(testPlan());
  read(ledger, 1, { counters: counted(50, 30), journal: "j" });
  const copy = { journal: "j", process: "second:8081" };
  for (const order of [1, -1]) {
    const step = order === 1 ? 2 : 3;
    const all = [
      { counters: counted(50, 30 + step), journal: "j" },
      { counters: counted(9, 28 + step), ...copy },
    ];
    read(ledger, step, ...(order === 1 ? all : all.toReversed()));
  }
  // Of the first gateway 3, of the second 1: it was known with 30 already when it came.
  assert.equal(countOf(ledger, 0, CONVERTED), 34);
});

test("a state of before journals were told apart goes on", () => {
  const ledger = new Ledger(testPlan());
  read(ledger, 1, { counters: counted(50, 30) });
  const { journals: _journals, ...old } = JSON.parse(JSON.stringify(ledger));
  const restored = Ledger.fromJSON(testPlan(), old);
  assert.ok(restored);
  read(restored, 2, { counters: counted(51, 31), journal: "j", instance: "one" });
  assert.equal(countOf(restored, 0, CONVERTED), 31);
  assert.equal(countOf(restored, 0, EXPOSURES), 51);
});

test("another instance at an address has begun anew, even where no counter has fallen", () => {
  for (const keep of [(ledger: Ledger) => ledger, again]) {
    const first = new Ledger(testPlan());
    assert.equal(read(first, 1, { counters: counted(5, 3), instance: "one" }), false);
    const ledger = keep(first);
    // Nobody read it for eight steps.
    assert.equal(read(ledger, 10, { counters: counted(9, 4), instance: "two" }), true);
    assert.equal(countOf(ledger, 0, EXPOSURES), 14);
    assert.equal(countOf(ledger, 0, CONVERTED), 7);
    assert.deepEqual(ledger.evidence.missing, { steps: 8, of: 10 });
  }
});

test("what a journal keeps does not begin anew with the instance", () => {
  const ledger = new Ledger(testPlan());
  read(ledger, 1, { counters: counted(5, 3), instance: "one", journal: "j" });
  read(ledger, 2, { counters: counted(9, 4), instance: "two", journal: "j" });
  assert.equal(countOf(ledger, 0, EXPOSURES), 14);
  assert.equal(countOf(ledger, 0, CONVERTED), 4);
});
