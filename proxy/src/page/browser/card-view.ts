import { type ComponentChildren, h } from "preact";

/** A part of the page with its heading. */
export function Card({
  id,
  title,
  about,
  size,
  children,
}: {
  id: string;
  title: string;
  /** What it counts, in small letters. */
  about?: string | undefined;
  /** How much of the width it takes where there is room. */
  size: "whole" | "wide" | "half" | "narrow";
  children?: ComponentChildren;
}) {
  return h("section", { class: `card ${size}`, "aria-labelledby": id }, [
    h("h2", { id }, title),
    about === undefined ? null : h("p", { class: "about" }, about),
    children,
  ]);
}

/** A number for people, with its exact value for machines. */
export function Figure({
  name,
  value,
  text,
}: {
  /** Which figure it is: "inference-p99 roberta". */
  name: string;
  value: number | undefined;
  text: string;
}) {
  return h("data", { value: value === undefined ? "" : String(value), "data-figure": name }, text);
}

/** A bar from 0 to 1, with a mark where it should end; what it says stands beside it in words. */
export function Bar({
  share,
  target,
  look,
}: {
  share: number | undefined;
  target?: number | undefined;
  look: string;
}) {
  const percent = (part: number) => `${Math.min(100, Math.max(0, part * 100))}%`;
  return h("div", { class: "bar", "aria-hidden": "true" }, [
    h("div", { class: `fill ${look}`, style: { width: percent(share ?? 0) } }),
    target === undefined ? null : h("div", { class: "target", style: { left: percent(target) } }),
  ]);
}

/** A variant's name behind its line: colour, dashes and marker are its own. */
export function VariantName({ name, index }: { name: string; index: number }) {
  return h("span", { class: "variant" }, [h(Mark, { index }), h("span", {}, name)]);
}

/** @param thin the line of its P99 */
function Mark({ index, thin = false }: { index: number; thin?: boolean }) {
  const look = index % LOOKS.length;
  const line = {
    x1: 0,
    y1: 6,
    x2: 26,
    y2: 6,
    "stroke-width": thin ? 1.5 : 3,
    "stroke-dasharray": DASHES[look]?.join(" "),
  };
  return h(
    "svg",
    { class: `mark v${look}`, viewBox: "0 0 26 12", width: 26, height: 12, "aria-hidden": "true" },
    [h("line", line), thin ? null : h("path", { d: LOOKS[look] })],
  );
}

/** A circle, a square, a triangle, a diamond. */
const LOOKS = ["M13 2a4 4 0 1 0 0 8a4 4 0 1 0 0-8z", "M9 2h8v8H9z", "M13 1l5 9H8z", "M13 1l5 5l-5 5l-5-5z"];

/** Of the lines, in pixels, by the variant's place. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
