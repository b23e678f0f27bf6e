import { html, type Markup } from "./markup.ts";

/** Text keeps its size: each chart is drawn for a wide and a narrow screen, and the style shows one of them. */
const WIDTHS = { wide: 860, narrow: 320 } as const;

export type Drawing = (width: number) => { readonly height: number; readonly content: Markup };

/** @param description what the picture says, for those who do not see it */
export function drawChart(description: string, draw: Drawing): Markup {
  return html`${(["wide", "narrow"] as const).map((screen) => {
    const width = WIDTHS[screen];
    const { height, content } = draw(width);
    return html`<svg class="chart ${screen}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${description}">${content}</svg>\n`;
  })}`;
}

/** Places on a picture: two decimals are a hundredth of a pixel. */
export function place(value: number): number {
  return Math.round(value * 100) / 100;
}
