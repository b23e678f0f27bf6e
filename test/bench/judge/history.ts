import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createRandom } from "../../support/random.ts";

const BUCKETS = 100;
const VARIANTS = ["control", "treatment"] as const;
const LABELS = ["negative", "neutral", "positive"] as const;
const TARGET = 'job="ab-proxy",instance="gateway:8081"';
export const EXPERIMENT = "bench";
const PHASE = `experiment="${EXPERIMENT}",phase="1"`;

interface Series {
  readonly family: string;
  readonly labels: string;
  /** Mean of what a scrape adds. */
  readonly rate: number;
}

/** One gateway's counters under steady traffic, scrape after scrape: every family of exposures and outcomes by analysis bucket. */
export class History {
  readonly series: readonly Series[] = createSeries();
  readonly #values = new Float64Array(this.series.length);
  readonly #random = createRandom(7);

  /** Writes the scrapes of one stretch, both moments in seconds, as OpenMetrics; counters go on from the stretch before. */
  async write(file: string, from: number, to: number, scrapeSeconds: number): Promise<void> {
    const moments = Array.from(
      { length: Math.ceil((to - from) / scrapeSeconds) },
      (_, index) => from + index * scrapeSeconds,
    );
    const stream = createWriteStream(file);
    const put = async (text: string) => {
      if (!stream.write(text)) await once(stream, "drain");
    };
    await put(gauge("up", TARGET, moments));
    await put(gauge("ab_config_info", `config_hash="000000000000",${TARGET}`, moments));
    let family = "";
    for (const [index, series] of this.series.entries()) {
      if (series.family !== family) await put(`# TYPE ${series.family.replace(/_total$/, "")} counter\n`);
      family = series.family;
      await put(this.#linesOf(index, series, moments));
    }
    await put("# EOF\n");
    stream.end();
    await once(stream, "finish");
  }

  #linesOf(index: number, { family, labels, rate }: Series, moments: readonly number[]): string {
    const head = `${family}{${labels},${TARGET}} `;
    const lines: string[] = [];
    let value = this.#values[index] ?? 0;
    for (const moment of moments) {
      // Whole numbers with this mean: how a Poisson count would spread does not matter here.
      value += Math.floor(rate + this.#random());
      lines.push(`${head}${value} ${moment}\n`);
    }
    this.#values[index] = value;
    return lines.join("");
  }
}

function gauge(name: string, labels: string, moments: readonly number[]): string {
  return `# TYPE ${name} gauge\n${moments.map((moment) => `${name}{${labels}} 1 ${moment}\n`).join("")}`;
}

function createSeries(): readonly Series[] {
  const series: Series[] = VARIANTS.map((variant) => ({
    family: "ab_expected_assignments_total",
    labels: `${PHASE},model_version="${variant}"`,
    rate: 100,
  }));
  for (const [family, rate, more] of familiesOf())
    for (const variant of VARIANTS)
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const labels = [
          PHASE,
          'stratum="50/50"',
          `model_version="${variant}"`,
          `bucket="${String(bucket).padStart(2, "0")}"`,
        ];
        series.push({ family, labels: [...labels, ...more].join(), rate });
      }
  return series;
}

function familiesOf(): readonly (readonly [family: string, rate: number, labels: readonly string[]])[] {
  const predicted = (label: string) => `predicted_label="${label}"`;
  return [
    ["ab_bucket_expected_assignments_total", 1, []],
    ["ab_bucket_requests_total", 1, []],
    ["ab_bucket_errors_total", 0.01, []],
    ["ab_bucket_slow_requests_total", 0.02, []],
    ...LABELS.map((label) => ["ab_bucket_predictions_total", 0.3, [predicted(label)]] as const),
    ["ab_bucket_outcomes_total", 0.1, ['outcome="converted"']],
    ["ab_bucket_outcomes_total", 0.05, ['outcome="true_label"']],
    ["ab_bucket_outcomes_total", 0.05, ['outcome="revenue"']],
    ["ab_bucket_outcome_value_total", 2, ['outcome="revenue"']],
    ["ab_bucket_outcome_value_squared_total", 80, ['outcome="revenue"']],
    ...LABELS.flatMap((truth) =>
      LABELS.map(
        (label) =>
          [
            "ab_bucket_confusion_total",
            truth === label ? 0.04 : 0.01,
            [`true_label="${truth}"`, predicted(label)],
          ] as const,
      ),
    ),
  ];
}
