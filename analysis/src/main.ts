#!/usr/bin/env node
import { chooseCommand } from "./command/choose.ts";

const BAD_OPTIONS = 2;

const chosen = chooseCommand(process.argv.slice(2));
// What a command needs is loaded with it: a gateway or a check pays nothing for the analysis beside it.
switch (chosen.kind) {
  case "gateway":
    // Its own entry reads the arguments itself: what it does is the same here and in its image.
    await import("../../proxy/src/main.ts");
    break;
  case "error":
    process.stderr.write(`blindsplit: ${chosen.message}\n`);
    process.exitCode = BAD_OPTIONS;
    break;
  case "judge": {
    const { judge } = await import("./judge/command.ts");
    await judge(chosen.argv, process);
    break;
  }
  default: {
    const { runCommand } = await import("./command/run.ts");
    process.exitCode = await runCommand(chosen.kind, chosen.argv, {
      env: process.env,
      columns: process.stdout.columns,
      write: (text) => process.stdout.write(text),
      complain: (text) => process.stderr.write(text),
      screen: process.stderr,
      stopSignal,
      now: Date.now,
    });
  }
}

function stopSignal(): AbortSignal {
  const ended = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => ended.abort());
  return ended.signal;
}
