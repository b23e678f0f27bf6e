import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { snapshot } from "../../../../test/support/snapshots.ts";
import { type Contact, createPolling, delayAfter } from "./polling.ts";

type Answer = Pick<Response, "ok" | "status" | "json">;

function answer(status: number): Answer {
  return { ok: status === 200, status, json: async () => snapshot(status, []) };
}

/** A page whose clock and gateway are the test's. */
function createPage(token?: string) {
  const asked: (string | undefined)[] = [];
  const contacts: Contact[] = [];
  const waits: number[] = [];
  const answers: (Answer | Error | Promise<Answer>)[] = [];
  let heard = 0;
  let forgotten = 0;
  let pending: (() => void) | undefined;
  const polling = createPolling({
    async fetch(_, { headers }) {
      asked.push(headers.authorization);
      const next = answers.shift() ?? answer(200);
      if (next instanceof Error) throw next;
      return next;
    },
    now: () => 1_000,
    later(delayMs, call) {
      waits.push(delayMs);
      pending = call;
      return () => {
        if (pending === call) pending = undefined;
      };
    },
    token,
    forgetToken: () => {
      forgotten += 1;
    },
    onSnapshot: () => {
      heard += 1;
    },
    onContact: (contact) => contacts.push(contact),
  });
  return {
    polling,
    asked,
    contacts,
    waits,
    answers,
    heard: () => heard,
    forgotten: () => forgotten,
    isWaiting: () => pending !== undefined,
    /** Time passes until the next question, and its answer is there. */
    async pass() {
      const call = pending;
      pending = undefined;
      call?.();
      await turn();
    },
  };
}

test("it asks at once, then every two seconds", async () => {
  const page = createPage();
  page.polling.setVisible(true);
  await turn();
  await page.pass();
  assert.equal(page.heard(), 2);
  assert.deepEqual(page.waits, [2_000, 2_000]);
  assert.deepEqual(page.contacts.at(-1), { kind: "live" });
});

test("a gateway that is gone is asked ever more seldom, at least every 30 s, and is live again by itself", async () => {
  const page = createPage();
  page.answers.push(
    answer(200),
    ...Array.from({ length: 6 }, () => new TypeError("fetch failed")),
    answer(503),
  );
  page.polling.setVisible(true);
  await turn();
  for (let time = 0; time < 7; time += 1) await page.pass();
  assert.deepEqual(page.waits, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(page.contacts.at(-1), {
    kind: "lost",
    sinceMs: 1_000,
    why: "it answered with status 503",
  });
  await page.pass();
  assert.deepEqual(page.contacts.at(-1), { kind: "live" });
  assert.equal(page.waits.at(-1), 2_000);
});

test("a hidden page does not ask; when it is shown it asks at once", async () => {
  const page = createPage();
  page.polling.setVisible(true);
  await turn();
  page.polling.setVisible(false);
  assert.equal(page.isWaiting(), false);
  page.polling.askNow();
  assert.equal(page.asked.length, 1);
  page.polling.setVisible(true);
  await turn();
  assert.equal(page.asked.length, 2);
  assert.equal(page.isWaiting(), true);
});

test("an answer that comes when the page is hidden, or after a newer question, starts nothing", async () => {
  const page = createPage();
  const { promise, resolve } = Promise.withResolvers<Answer>();
  page.answers.push(promise);
  page.polling.setVisible(true);
  page.polling.askNow();
  await turn();
  assert.equal(page.heard(), 1);
  resolve(answer(200));
  await turn();
  assert.equal(page.heard(), 1);
  assert.equal(page.waits.length, 1);
});

test("where a token is asked for it waits for one, and does not guess on", async () => {
  const page = createPage("old");
  page.answers.push(answer(401), answer(401), answer(200));
  page.polling.setVisible(true);
  await turn();
  assert.deepEqual(page.contacts, [{ kind: "locked", refused: true }]);
  assert.equal(page.isWaiting(), false);
  page.polling.askNow("wrong");
  await turn();
  page.polling.askNow("right");
  await turn();
  assert.deepEqual(page.asked, ["Bearer old", "Bearer wrong", "Bearer right"]);
  assert.equal(page.heard(), 1);
});

test("a token that was refused is forgotten and not sent again", async () => {
  const page = createPage("old");
  page.answers.push(answer(401), answer(401));
  page.polling.setVisible(true);
  await turn();
  assert.equal(page.forgotten(), 1);
  page.polling.setVisible(false);
  page.polling.setVisible(true);
  await turn();
  assert.deepEqual(page.asked, ["Bearer old", undefined]);
  assert.equal(page.forgotten(), 1);
});

test("a refusal that comes late forgets the token that it is of, and no newer one", async () => {
  const page = createPage("old");
  const refusals = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
  page.answers.push(...refusals.map(({ promise }) => promise));
  page.polling.setVisible(true);
  page.polling.askNow("new");
  page.polling.setVisible(false);
  refusals[0]?.resolve(answer(401));
  await turn();
  assert.equal(page.forgotten(), 0);
  refusals[1]?.resolve(answer(401));
  await turn();
  assert.equal(page.forgotten(), 1);
});

test("without a token none is sent, and none is called wrong", async () => {
  const page = createPage();
  page.answers.push(answer(401));
  page.polling.setVisible(true);
  await turn();
  assert.deepEqual(page.contacts, [{ kind: "locked", refused: false }]);
  assert.deepEqual(page.asked, [undefined]);
});

test("the wait is bounded however long the gateway is gone", () => {
  assert.equal(delayAfter(10_000), 30_000);
});
