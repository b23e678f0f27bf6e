/** How a stream is cut: slowly enough that reloads happen within it. */
export const PIECES = 8;
export const PIECE_PAUSE_MS = 40;

export function pieceOf(index: number): string {
  return `${index}`.repeat(1_000);
}

export const ALL_PIECES = Array.from({ length: PIECES }, (_, index) => pieceOf(index)).join("");
