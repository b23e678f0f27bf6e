const FULL_SIZE_FROM_BYTES = 50e6;

/**
 * Whether a graph is that of an architecture that people use, rather than one small enough for a repository: some
 * promises are for the former only.
 */
export function isFullSize(graphBytes: number): boolean {
  return graphBytes >= FULL_SIZE_FROM_BYTES;
}
