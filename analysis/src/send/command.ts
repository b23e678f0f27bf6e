import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Terminal } from "../../../proxy/src/command/terminal.ts";
import { Gateway } from "./gateway.ts";
import { HELP, parseOptions, type SendOptions } from "./options.ts";
import { createProgressBar } from "./progress-bar.ts";
import { NOTHING_SENT, ProgressFile } from "./progress-file.ts";
import { type Refused, Rejects } from "./rejects.ts";
import { type Row, readRows } from "./rows.ts";

const REJECTED = 3;

/**
 * `blindsplit outcomes send`. Returns its exit code.
 *
 * @throws UsageError, CommandError
 */
export async function sendOutcomes(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, terminal.env);
  if (options !== undefined) return send(options, terminal);
  terminal.write(HELP);
  return 0;
}

async function send({ file, url, key, batch, resume }: SendOptions, terminal: Terminal): Promise<number> {
  const progress = new ProgressFile(file);
  if (!resume) await progress.begin();
  const before = resume ? await progress.resume() : NOTHING_SENT;
  const rejects = new Rejects(file, before.rejectsBytes);
  const bar = createProgressBar(terminal.screen, (await stat(file)).size);
  const gateway = new Gateway({
    ...{ url, key, pause },
    onPause: (why, ms) => terminal.complain(`${why}; once more in ${(ms / 1000).toFixed(1)} s\n`),
  });
  let rows = before.rows;
  let rejected = before.rejected;
  try {
    for await (const group of groupsOf(readRows(file), batch, before.rows)) {
      const refused = await refusedOf(group, gateway);
      // First: whoever resumes before the progress is saved writes over them.
      await rejects.add(refused);
      rows += group.length;
      rejected += refused.length;
      await progress.save({ rows, rejected, rejectsBytes: rejects.bytes });
      bar.update(group.at(-1)?.bytes ?? 0, rows, rejected);
    }
  } finally {
    bar.stop();
    await rejects.close();
  }
  await progress.remove();
  const why = rejects.counts.map(([code, count]) => `${code} ${count}`).join(", ");
  const ofThisRun = why === "" || before.rejected === 0 ? why : `in this run ${why}`;
  terminal.write(
    `${rows} outcomes sent: ${rows - rejected} taken, ${rejected} rejected${rejected === 0 ? "" : ` (${[ofThisRun, rejects.path].filter(Boolean).join("; ")})`}\n`,
  );
  return rejected === 0 ? 0 : REJECTED;
}

/** Those that are not counted, in the order of the file. */
async function refusedOf(group: readonly Row[], gateway: Gateway): Promise<Refused[]> {
  const sent = group.filter(({ flaw }) => flaw === undefined);
  const results = await gateway.send(sent);
  const resultOf = new Map(sent.map((row, index) => [row, results[index]]));
  return group.flatMap((row) => {
    const { flaw } = row;
    const result =
      flaw === undefined ? resultOf.get(row) : { status: 400, code: "row_malformed", detail: flaw };
    return result === undefined || result.status < 300 ? [] : [{ row, result }];
  });
}

/** @param skip rows to pass over first */
async function* groupsOf(
  rows: AsyncIterable<Row>,
  size: number,
  skip: number,
): AsyncGenerator<readonly Row[]> {
  let group: Row[] = [];
  let seen = 0;
  for await (const row of rows) {
    if (seen++ < skip) continue;
    group.push(row);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
