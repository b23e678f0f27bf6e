import { Component, createRef, h } from "preact";
import uPlot from "uplot";
import { DASHES } from "./card-view.ts";
import { formatClock, formatSeconds } from "./numbers.ts";

export interface ChartLine {
  readonly name: string;
  /** The variant's place: colour and dashes. */
  readonly look: number;
  readonly isThin: boolean;
  /** Seconds; null where there is nothing. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  /** For those who do not see it. */
  readonly label: string;
  /** Stands below it while no moment is pointed at. */
  readonly note: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
}

const HEIGHT = 200;

/** Lines over time, drawn by uPlot; below them what they are under the pointer. */
export class Chart extends Component<ChartProps> {
  private readonly place = createRef<HTMLDivElement>();
  private readonly readout = createRef<HTMLParagraphElement>();
  private plot: uPlot | undefined;
  private readonly resizing = new ResizeObserver(() => {
    const width = this.place.current?.clientWidth ?? 0;
    if (width > 0) this.plot?.setSize({ width, height: HEIGHT });
  });
  private readonly theme = matchMedia("(prefers-color-scheme: dark)");
  private readonly drawAnew = () => this.draw();

  override componentDidMount(): void {
    this.draw();
    if (this.place.current !== null) this.resizing.observe(this.place.current);
    this.theme.addEventListener("change", this.drawAnew);
  }

  override componentDidUpdate(before: ChartProps): void {
    const names = (lines: readonly ChartLine[]) => lines.map(({ name }) => name).join("\n");
    if (names(before.lines) !== names(this.props.lines)) this.draw();
    else this.plot?.setData(this.data());
  }

  override componentWillUnmount(): void {
    this.theme.removeEventListener("change", this.drawAnew);
    this.resizing.disconnect();
    this.plot?.destroy();
  }

  override render({ label, note, times }: ChartProps) {
    return h("div", { class: "chart" }, [
      h("div", { class: "plot", role: "img", "aria-label": label, ref: this.place }),
      times.length < 2 ? h("p", { class: "empty" }, "Lines begin with the next numbers.") : null,
      h("p", { class: "readout" }, note),
      h("p", { class: "readout pointed", "aria-hidden": "true", ref: this.readout }),
    ]);
  }

  private data(): uPlot.AlignedData {
    const { times, lines } = this.props;
    return [[...times], ...lines.map(({ values }) => [...values])];
  }

  private draw(): void {
    const place = this.place.current;
    if (place === null) return;
    this.plot?.destroy();
    const style = getComputedStyle(place);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color("--quiet"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line"), width: 1 },
      font: `12px ${style.fontFamily}`,
    };
    const options: uPlot.Options = {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: (_, low, high) => [Math.min(low, high - 30), high] },
        y: { range: (_, __, high) => [0, high > 0 ? high * 1.1 : 0.01] },
      },
      axes: [
        { ...axis, values: (_, splits) => splits.map((at) => formatClock(at * 1_000)), space: 90 },
        { ...axis, values: (_, splits) => splits.map((seconds) => formatSeconds(seconds)), size: 72 },
      ],
      series: [
        {},
        ...this.props.lines.map(({ name, look, isThin }) => ({
          label: name,
          stroke: color(`--v${look % 4}`),
          width: isThin ? 1.5 : 3,
          dash: [...(DASHES[look % DASHES.length] ?? [])],
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx ?? undefined)] },
    };
    this.plot = new uPlot(options, this.data(), place);
  }

  private tell(index: number | undefined): void {
    if (this.readout.current === null) return;
    const at = index === undefined ? undefined : this.props.times[index];
    const values =
      index === undefined
        ? []
        : this.props.lines.map(({ name, values }) => `${name} ${formatSeconds(values[index] ?? undefined)}`);
    this.readout.current.textContent =
      at === undefined ? "" : `${formatClock(at * 1_000)} · ${values.join(" · ")}`;
  }
}
