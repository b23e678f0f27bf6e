/*
 * Requests while the configuration changes under them: weights, sets of upstreams, limits. None may fail, none may meet
 * a variant that was not its own between its start and its end. `npm run load:reloads [-- --requests N --reloads N]`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Caller, type Identity, type Outcome, requestHead, smallRequest } from "./support/caller.ts";
import { failureOf, runCrowd, until, upstreamOf } from "./support/crowd.ts";
import { Kinds, keeps, tells } from "./support/findings.ts";
import { callFrames, type FrameCaller } from "./support/frames.ts";
import { ALL_PIECES, PIECE_PAUSE_MS, PIECES, pieceOf } from "./support/pieces.ts";
import { startProxy, startUpstream, twoVariants } from "./support/processes.ts";
import { runLoad } from "./support/run.ts";
import { unitOf, WeightHistory, type Weights } from "./support/units.ts";

const CALLERS = 16;
const UNITS = 5_000;
const STREAMS = 4;
const SOCKETS = 4;
const RELOAD_LIMIT_MS = 10_000;
const STALL_LIMIT_MS = 120_000;
const SPLITS: readonly Weights[] = [
  [50, 50],
  [60, 40],
  [30, 70],
  [100, 0],
  [45, 55],
  [0, 100],
  [10, 90],
];
const defaults = { requests: 200_000, reloads: 50 };

await runLoad(process, "load:reloads", { defaults, limitMinutes: 40 }, async (run) => {
  const [total, reloads] = [run.count("requests"), run.count("reloads")];
  const [a1, a2, b1, b2] = await Promise.all(
    ["a1", "a2", "b1", "b2"].map((name) => startUpstream(run, name)),
  );
  if (a1 === undefined || a2 === undefined || b1 === undefined || b2 === undefined)
    throw new Error("no upstreams");
  const sets = [[a1, a2], [a2], [a1], [a2, a1]];
  const stage = (index: number) => {
    const weights = SPLITS[index % SPLITS.length] ?? [50, 50];
    const limits = `upstream: { max_in_flight: ${512 + index}, idle_timeout: ${30 + index}s }`;
    const b = index % 2 === 0 ? [b1] : [b2, b1];
    return {
      weights,
      yaml: twoVariants(weights, sets[index % sets.length] ?? [a1], b, `${limits}\nreload: { poll: 200ms }`),
    };
  };
  const proxy = await startProxy(run, stage(0).yaml);
  const history = new WeightHistory(stage(0).weights);

  const failures = new Kinds();
  let [sent, done, wrong, streamed, echoes, sockets] = [0, 0, 0, 0, 0, 0];
  let running = true;
  const judge = (name: string, { id }: Identity, since: number) => {
    if (!history.allows(id, name.charAt(0), since)) wrong++;
  };
  const crowd = runCrowd({
    port: proxy.port,
    size: CALLERS,
    more: () => sent < total && running,
    request(caller) {
      const unit = unitOf(sent++ % UNITS, caller % 3 === 0 ? "cookie" : "header");
      return { bytes: smallRequest(unit), note: { unit, since: history.now() } };
    },
    seen(outcome, { unit, since }) {
      done++;
      const failure = failureOf(outcome);
      if (failure === undefined) judge(upstreamOf(outcome), unit, since);
      else failures.add(failure);
    },
  });

  const stream = async (index: number) => {
    const caller = new Caller(proxy.port);
    for (let turn = index; done < total && running; turn += STREAMS) {
      const unit = unitOf(turn % UNITS, "header");
      const since = history.now();
      const up = turn % 2 === 0;
      const outcome = await (up
        ? caller.call(requestHead("POST", "/echo", unit, true), chunks())
        : caller.call(requestHead("GET", "/stream", unit, false)));
      streamed++;
      const failure = failureOf(outcome) ?? (bodyOf(outcome) === ALL_PIECES ? undefined : "altered stream");
      if (failure === undefined) judge(outcome.answer?.body ?? "", unit, since);
      else failures.add(`${up ? "upload" : "download"} ${failure}`);
    }
    caller.close();
  };
  const openSocket = async (number: number): Promise<FrameCaller> => {
    const unit = unitOf(number % UNITS, "header");
    const since = history.now();
    const socket = await callFrames(proxy.port, unit.id);
    sockets++;
    judge(socket.name, unit, since);
    return socket;
  };
  const talk = async (index: number) => {
    try {
      const socket = await openSocket(index);
      while (done < total && running) {
        const text = `${index}-${echoes++}`;
        if ((await socket.echo(text)) !== text) failures.add("WebSocket another text");
        await pause(20);
      }
      socket.close();
    } catch (error) {
      failures.add(`WebSocket ${(error as Error).message}`);
    }
  };
  const beside = [
    ...Array.from({ length: STREAMS }, (_, index) => stream(index)),
    ...Array.from({ length: SOCKETS }, (_, index) => talk(index)),
  ];

  let swapped = 0;
  const countSwaps = () => proxy.metric("ab_config_reloads_total", { result: "swapped" });
  try {
    for (let reload = 1; reload <= reloads; reload++) {
      await until(
        () => done >= (reload * total) / (reloads + 1),
        `request ${reload} of the reloads`,
        STALL_LIMIT_MS,
      );
      const { weights, yaml } = stage(reload);
      const before = (await countSwaps()) ?? 0;
      history.begin(weights);
      await proxy.write(yaml);
      // Every way to ask for it in turn: the request, the signal, the watch on the file.
      if (reload % 3 === 0) await proxy.reload();
      if (reload % 3 === 1) proxy.child().signal("SIGHUP");
      await until(async () => ((await countSwaps()) ?? 0) > before, `reload ${reload}`, RELOAD_LIMIT_MS);
      history.settle();
      swapped++;
      await openSocket(reload)
        .then((socket) => socket.close())
        .catch((error: Error) => failures.add(`WebSocket ${error.message}`));
      if (reload % 10 === 0) run.say(`${reload} reloads, ${done} requests, failed: ${failures}`);
    }
    await Promise.all([crowd, ...beside]);
  } finally {
    running = false;
  }
  return [
    tells("requests on keep-alive (header and cookie)", done),
    tells("streams, each through at least 320 ms", streamed),
    tells("WebSockets opened, texts echoed", `${sockets}, ${echoes}`),
    tells("reloads", swapped),
    keeps(`failed (${failures})`, failures.total, 0),
    keeps("on a wrong variant", wrong, 0),
  ];
});

async function* chunks(): AsyncGenerator<string> {
  for (let piece = 0; piece < PIECES; piece++) {
    await pause(PIECE_PAUSE_MS);
    const text = pieceOf(piece);
    yield `${text.length.toString(16)}\r\n${text}\r\n`;
  }
  yield "0\r\n\r\n";
}

/** What follows the name of the service. */
function bodyOf({ answer }: Outcome): string {
  return answer?.body.slice(answer.body.indexOf("\n") + 1) ?? "";
}
