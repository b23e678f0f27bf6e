/**
 * Sums over the blocks of time of one stratum: the products of every two features of a variant, and of every feature of
 * the control with every one of a treatment. For an estimate whose gradients by the features are g (treatment) and h
 * (control), a block's score is g·x − h·y, and the scores' sum of squares is g'Sxx g − 2 h'Syx g + h'Syy h: a look needs
 * no block again, however many there were.
 *
 * A variance of paired blocks sees what comes in bursts: a restart that gives thirty 5xx is one block.
 */
export class BlockMoments {
  readonly #control: number;
  /** By variant. */
  readonly #own: readonly Float64Array[];
  /** By variant; the control's own stays empty. Rows are the control's features. */
  readonly #cross: readonly Float64Array[];
  readonly #open: readonly Float64Array[];
  /** By treatment. */
  readonly #paired: number[];
  #isOpen = false;

  constructor(variants: number, control: number, width: number) {
    this.#control = control;
    const squares = () => Array.from({ length: variants }, () => new Float64Array(width * width));
    this.#own = squares();
    this.#cross = squares();
    this.#open = Array.from({ length: variants }, () => new Float64Array(width));
    this.#paired = new Array<number>(variants).fill(0);
  }

  /** Blocks in which the treatment and the control had requests, the running one included. */
  paired(treatment: number): number {
    return (this.#paired[treatment] as number) + (this.#isPaired(treatment) ? 1 : 0);
  }

  /** Counts towards the running block. */
  add(variant: number, feature: number, count: number): void {
    const open = this.#open[variant] as Float64Array;
    open[feature] = (open[feature] as number) + count;
    this.#isOpen = true;
  }

  /** The running block is over. */
  close(): void {
    if (!this.#isOpen) return;
    const control = this.#open[this.#control] as Float64Array;
    for (const [variant, open] of this.#open.entries()) {
      addProducts(this.#own[variant] as Float64Array, open, open);
      if (variant !== this.#control) addProducts(this.#cross[variant] as Float64Array, control, open);
      if (this.#isPaired(variant)) this.#paired[variant] = (this.#paired[variant] as number) + 1;
    }
    for (const open of this.#open) open.fill(0);
    this.#isOpen = false;
  }

  /** Sum over the blocks of (treatmentGradient · treatment − controlGradient · control)². */
  squares(treatment: number, treatmentGradient: Float64Array, controlGradient: Float64Array): number {
    const control = this.#control;
    const running =
      product(treatmentGradient, this.#open[treatment] as Float64Array) -
      product(controlGradient, this.#open[control] as Float64Array);
    return (
      form(this.#own[treatment] as Float64Array, treatmentGradient, treatmentGradient) +
      form(this.#own[control] as Float64Array, controlGradient, controlGradient) -
      2 * form(this.#cross[treatment] as Float64Array, controlGradient, treatmentGradient) +
      running ** 2
    );
  }

  /** Sum over the blocks of (gradient · variant)². */
  ownSquares(variant: number, gradient: Float64Array): number {
    const running = product(gradient, this.#open[variant] as Float64Array);
    return form(this.#own[variant] as Float64Array, gradient, gradient) + running ** 2;
  }

  /** The first two features are exposures and decisions. */
  #isPaired(treatment: number): boolean {
    return [treatment, this.#control].every((variant) => {
      const features = this.#open[variant] as Float64Array;
      return (features[0] as number) > 0 || (features[1] as number) > 0;
    });
  }

  toJSON(): BlockState {
    const lists = (all: readonly Float64Array[]) => all.map((numbers) => [...numbers]);
    return {
      paired: [...this.#paired],
      isOpen: this.#isOpen,
      own: lists(this.#own),
      cross: lists(this.#cross),
      open: lists(this.#open),
    };
  }

  /** @throws {RangeError} where the numbers are of another plan */
  restore(state: BlockState): void {
    for (const variant of this.#paired.keys()) this.#paired[variant] = state.paired[variant] ?? 0;
    this.#isOpen = state.isOpen;
    const copy = (to: readonly Float64Array[], from: readonly (readonly number[])[]) => {
      for (const [variant, numbers] of to.entries()) {
        const saved = from[variant] ?? [];
        if (saved.length !== numbers.length || from.length !== to.length)
          throw new RangeError(`block sums of ${saved.length} numbers, and this plan has ${numbers.length}`);
        numbers.set(saved);
      }
    };
    copy(this.#own, state.own);
    copy(this.#cross, state.cross);
    copy(this.#open, state.open);
  }
}

export interface BlockState {
  readonly paired: number[];
  readonly isOpen: boolean;
  readonly own: number[][];
  readonly cross: number[][];
  readonly open: number[][];
}

function addProducts(sums: Float64Array, rows: Float64Array, columns: Float64Array): void {
  const width = columns.length;
  for (let row = 0; row < rows.length; row++) {
    const left = rows[row] as number;
    if (left === 0) continue;
    for (let column = 0, at = row * width; column < width; column++, at++)
      sums[at] = (sums[at] as number) + left * (columns[column] as number);
  }
}

function product(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] as number) * (right[index] as number);
  return sum;
}

function form(sums: Float64Array, left: Float64Array, right: Float64Array): number {
  const width = right.length;
  let sum = 0;
  for (let row = 0; row < left.length; row++) {
    const factor = left[row] as number;
    if (factor === 0) continue;
    let inner = 0;
    for (let column = 0, at = row * width; column < width; column++, at++)
      inner += (sums[at] as number) * (right[column] as number);
    sum += factor * inner;
  }
  return sum;
}
