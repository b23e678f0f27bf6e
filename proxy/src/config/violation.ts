/** A rule between fields that does not hold. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
