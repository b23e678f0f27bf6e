import type { ExperimentQuestion } from "./question.ts";
import type { Size } from "./sizes.ts";

/** The plan as people read it. */
export function reportPlan(question: ExperimentQuestion, sizes: readonly Size[]): string {
  const { baseline, difference, power, alpha, usersPerDay } = question;
  const treated = Number((baseline + difference).toPrecision(12));
  const headings = [
    "",
    ...question.weights.map((weight, index) => `${nameOf(index, question)} (${perCent(weight)})`),
    "users together",
    ...(usersPerDay === undefined ? [] : ["days", "half end by day"]),
  ];
  const rows = sizes.map((size) => [
    describe(size, question),
    ...[...size.users, size.total, ...daysOf(size)].map(grouped),
  ]);
  return [
    `To find ${perCent(treated)} beside ${perCent(baseline)} with a chance of ${perCent(power)}, at a chance of ${perCent(alpha)} for a wrong verdict:`,
    "",
    ...align([headings, ...rows]),
    "",
    ...remarks(question, sizes).map((remark) => `- ${remark}`),
    "",
  ].join("\n");
}

function remarks(question: ExperimentQuestion, sizes: readonly Size[]): string[] {
  const { usersPerDay, requestsPerUser, designEffect, weights } = question;
  const sequential = sizes.find(({ kind }) => kind === "sequential");
  const days = Math.max(...sizes.map((size) => size.days ?? 0));
  return [
    ...(requestsPerUser > 1 || designEffect !== 1
      ? [
          `Every request counts: ${plain(requestsPerUser)} of each user, a design effect of ${plain(designEffect)}; ${grouped((sizes[0]?.total ?? 0) * requestsPerUser)} requests at one look.`,
        ]
      : []),
    ...(weights.length > 2
      ? ["The treatments share the chance of a wrong verdict; each is compared with the control."]
      : []),
    `The sequential test needs up to ${plain(sequential?.inflation ?? 1)} times the users of one look, and may stop at any of them; it is sharpest with analysis.tau: ${plain(question.tau)}.`,
    ...(usersPerDay === undefined
      ? ["With --users-per-day it says days."]
      : [
          "Each day's users are taken for new ones: count those who come back once.",
          ...(days < DAYS_A_WEEK
            ? ["Let it run for whole weeks all the same: Sundays are not Mondays."]
            : []),
        ]),
  ];
}

const DAYS_A_WEEK = 7;

function daysOf({ days, medianDays }: Size): number[] {
  return days === null || medianDays === null ? [] : [days, medianDays];
}

/** The first column to the left, figures to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  "),
  );
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

function describe({ kind, looks }: Size, { tau }: ExperimentQuestion): string {
  if (kind === "fixed") return "one look, at the end";
  if (kind === "planned") return `${looks} planned look${looks === 1 ? "" : "s"}`;
  return `any look (sequential, tau ${plain(tau)})`;
}

function nameOf(index: number, { weights }: ExperimentQuestion): string {
  if (index === 0) return "control";
  return weights.length === 2 ? "treatment" : `treatment ${index}`;
}

function perCent(share: number): string {
  return `${plain(share * 100)} %`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}
