import { type Panel, RowBuilder, type RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import { HEIGHT, WIDTH } from "./panel/said.ts";

/** Panels under one heading. */
export interface Row {
  /** Of the heading; its panels have the numbers behind it, so that links to them outlive changes of other rows. */
  readonly id: number;
  readonly title: string;
  /** They flow from left to right and go on below when 24 columns are full. */
  readonly panels: readonly Panel[];
}

const COLUMNS = 24;

/** Headings and panels with their places and numbers. */
export function placeRows(rows: readonly Row[]): (RowPanel | Panel)[] {
  let bottom = 0;
  return rows.flatMap(({ id, title, panels }) => {
    const heading = new RowBuilder(title).id(id).gridPos({ x: 0, y: bottom, w: COLUMNS, h: 1 }).build();
    let [left, top] = [0, bottom + 1];
    bottom = top;
    const placed = panels.map((panel, index): Panel => {
      const { w = WIDTH, h = HEIGHT } = panel.gridPos ?? {};
      if (left + w > COLUMNS) [left, top] = [0, bottom];
      const gridPos = { x: left, y: top, w, h };
      left += w;
      bottom = Math.max(bottom, top + h);
      return { ...panel, id: id + 1 + index, gridPos };
    });
    return [heading, ...placed];
  });
}
