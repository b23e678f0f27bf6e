/** The columns of one row that are not 0. */
export interface SparseRow {
  readonly columns: readonly number[];
  readonly values: readonly number[];
}

export interface LogisticOptions {
  /** Strength of the ridge penalty, per row. */
  readonly ridge: number;
  readonly steps: number;
}

const DEFAULTS: LogisticOptions = { ridge: 1e-3, steps: 400 };

/**
 * Logistic regression with a ridge penalty on columns scaled to unit variance, by accelerated gradient descent.
 * Returns the score of a row, higher for the label 1.
 */
export function trainLogistic(
  rows: readonly SparseRow[],
  labels: readonly number[],
  columns: number,
  { ridge, steps }: LogisticOptions = DEFAULTS,
): (row: SparseRow) => number {
  const scales = scalesOf(rows, columns);
  const bias = columns;
  let weights = new Float64Array(columns + 1);
  let ahead = Float64Array.from(weights);
  const activation = (row: SparseRow, of: Float64Array) => {
    let sum = of[bias] as number;
    for (const [at, column] of row.columns.entries())
      sum += (of[column] as number) * (row.values[at] as number) * (scales[column] as number);
    return sum;
  };
  const rate = 4 / (largestNorm(rows, scales) + 4 * ridge);
  for (let step = 1; step <= steps; step++) {
    const gradient = Float64Array.from(ahead, (weight, column) => (column === bias ? 0 : ridge * weight));
    for (const [index, row] of rows.entries()) {
      const error = (1 / (1 + Math.exp(-activation(row, ahead))) - (labels[index] as number)) / rows.length;
      gradient[bias] = (gradient[bias] as number) + error;
      for (const [at, column] of row.columns.entries())
        gradient[column] =
          (gradient[column] as number) + error * (row.values[at] as number) * (scales[column] as number);
    }
    const next = ahead.map((weight, column) => weight - rate * (gradient[column] as number));
    const momentum = (step - 1) / (step + 2);
    ahead = next.map((weight, column) => weight + momentum * (weight - (weights[column] as number)));
    weights = next;
  }
  return (row) => activation(row, weights);
}

/** What brings each column to unit variance; 0 for one that is constant. */
function scalesOf(rows: readonly SparseRow[], columns: number): Float64Array {
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (const { columns: present, values } of rows)
    for (const [at, column] of present.entries()) {
      const value = values[at] as number;
      sums[column] = (sums[column] as number) + value;
      squares[column] = (squares[column] as number) + value * value;
    }
  return sums.map((sum, column) => {
    const variance = (squares[column] as number) / rows.length - (sum / rows.length) ** 2;
    return variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
  });
}

/** An upper bound of the curvature (times 4), which limits the step: the mean of the rows' squared lengths. */
function largestNorm(rows: readonly SparseRow[], scales: Float64Array): number {
  let sum = 0;
  for (const { columns, values } of rows) {
    sum++;
    for (const [at, column] of columns.entries())
      sum += ((values[at] as number) * (scales[column] as number)) ** 2;
  }
  return sum / rows.length;
}
