/** Bounds of the histograms, without +Inf. They are API: a baseline is measured with them, and queries name them. */

/** R10 preferred numbers from 0.01 to 5 (factor 1.26), and five below for models that answer in milliseconds. */
export const INFERENCE_BUCKETS = [
  0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.0125, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05, 0.063, 0.08, 0.1,
  0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5, 0.63, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5,
];
export const TOKENIZE_BUCKETS = [
  0.00004, 0.0001, 0.00025, 0.00063, 0.0016, 0.004, 0.01, 0.025, 0.063, 0.16, 0.4,
];
export const QUEUE_BUCKETS = [0.0004, 0.001, 0.0025, 0.0063, 0.016, 0.04, 0.1, 0.25, 0.63, 1.6, 4, 10, 25];
export const CONFIDENCE_BUCKETS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
export const CHARACTER_BUCKETS = [10, 25, 50, 100, 160, 280, 500, 1000, 2500, 5000, 10000];
export const TOKEN_BUCKETS = [4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048];
export const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128];

/**
 * Halves from −1 to 10: a model's range is not known beforehand, and these tell apart what is in use (stars 1 to 5,
 * marks 0 to 10, polarity −1 to 1). For any other range the sums of values and squares still give mean and variance.
 */
export const REGRESSION_BUCKETS = Array.from({ length: 23 }, (_, step) => -1 + step / 2);
