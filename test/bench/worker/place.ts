import type { Model } from "./model.ts";
import type { Peers } from "./peers.ts";

/** Where one contestant runs. */
export interface Place {
  /** It listens here. */
  readonly port: number;
  /** The Node that runs blindsplit and what is compared with it. */
  readonly node: string;
  /** Of the repository. */
  readonly root: string;
  readonly model: Model;
  readonly peers: Peers;
}
