import type { ThreadData } from "../inference/protocol.ts";

/** For threads that load no model. */
export const THREAD_DATA: ThreadData = {
  graphPath: "graph",
  input: "text",
  threads: 1,
  provider: "cpu",
  outputs: 2,
  padId: 0,
  warmUp: [],
};
