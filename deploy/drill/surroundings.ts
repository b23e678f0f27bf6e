/** What a drill has of the process that runs it. */
export interface Surroundings {
  readonly say: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tells this drill's alert from every other's. */
  readonly run: string;
  /** The drill is given up; its alert is ended first. */
  readonly interrupted: AbortSignal;
}

export const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(2)} s`;
