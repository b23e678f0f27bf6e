/** The part of cephes 3.3.3 that is used; the package's own declarations are not reachable from an ES module. */
declare module "cephes" {
  /** Its WebAssembly is compiled; nothing below works before. */
  export const compiled: Promise<void>;
  /** P(Z ≤ z). */
  export function ndtr(z: number): number;
  export function ndtri(p: number): number;
  /** P(X > x). */
  export function chdtrc(df: number, x: number): number;
  /** The x with P(X > x) = p. */
  export function chdtri(df: number, p: number): number;
  /** Regularised incomplete beta function. */
  export function incbet(a: number, b: number, x: number): number;
  export function incbi(a: number, b: number, p: number): number;
  /** ln |Γ(x)|. */
  export function lgam(x: number): number;
}
