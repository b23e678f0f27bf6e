import type { PostedAlert } from "./alertmanager.ts";
import type { ReceiverName } from "./options.ts";

/** It ends by itself after so long, if the drill is killed before it could end it. */
const LONGEST_MS = 10 * 60_000;

/** The test alert of one drill, told from those of others by its label `run`. */
export interface Exercise {
  readonly run: string;
  begin(nowMs: number): PostedAlert;
  end(nowMs: number): PostedAlert;
}

export function createExercise(run: string, receiver: ReceiverName, beganMs: number): Exercise {
  const alert = {
    labels: {
      alertname: "ABDrill",
      drill: receiver === "drill" ? "true" : receiver,
      severity: "page",
      run,
    },
    annotations: {
      summary: "This is a drill: nothing is wrong",
      description: "Somebody ran npm run drill to see whether alerts arrive.",
    },
    startsAt: new Date(beganMs).toISOString(),
  };
  return {
    run,
    begin: (nowMs) => ({ ...alert, endsAt: new Date(nowMs + LONGEST_MS).toISOString() }),
    end: (nowMs) => ({ ...alert, endsAt: new Date(Math.max(nowMs, beganMs + 1)).toISOString() }),
  };
}
