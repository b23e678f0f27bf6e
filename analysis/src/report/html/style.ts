/**
 * Light first; dark replaces the colours alone. Every pair of text and ground has a contrast of at least 4.5. The colours
 * are those of the live page.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --surface: #ffffff; --text: #16191d; --quiet: #565e68; --line: #dfe3e8; --track: #e9ecf0;
  --good: #1a7340; --good-ground: #e8f5ec; --bad: #b3261e; --bad-ground: #fdeeec; --calm: #0b63a5;
  --calm-ground: #e8f1f9; --open: #8a5200; --open-ground: #fdf3e3; --ink: #0b63a5; --within: #eceff3;
  --h0: #ffffff; --h1: #eaf2f9; --h2: #d8e7f3; --h3: #c5dbed; --h4: #b2d0e7; --h5: #a0c4e1; --h6: #8eb9db;
  --h7: #7caed6; --h8: #6ca4d0; --h9: #5d9acb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1215; --surface: #181c21; --text: #e8ebee; --quiet: #a3adb8; --line: #2c333b; --track: #272d35;
    --good: #6fd79a; --good-ground: #16291e; --bad: #ff9d8a; --bad-ground: #36201d; --calm: #7cc0ff;
    --calm-ground: #14283a; --open: #f2b65a; --open-ground: #30250f; --ink: #63b0f4; --within: #232a32;
    --h0: #181c21; --h1: #1b2530; --h2: #1e2e3f; --h3: #21374e; --h4: #24405d; --h5: #274a6b; --h6: #2a5379;
    --h7: #2d5c87; --h8: #306595; --h9: #336ea3;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
}
main { max-width: 960px; margin: 0 auto; padding: 24px 16px 48px; }
h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
small { font-size: 0.8rem; font-weight: 400; color: var(--quiet); }
section, .verdict {
  background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; margin-bottom: 16px;
}
.verdict { border-left: 8px solid; padding: 24px; }
h1 { font-size: 1.1rem; line-height: 1.35; font-weight: 500; }
.answer {
  display: block; font-size: clamp(1.7rem, 6vw, 2.6rem); line-height: 1.1; font-weight: 800; letter-spacing: -0.02em;
}
.about { display: block; margin-top: 6px; overflow-wrap: anywhere; }
.about:empty { display: none; }
.title { margin-top: 14px; font-size: 0.9rem; overflow-wrap: anywhere; }
.badge, .decision {
  display: inline-block; border-radius: 999px; padding: 2px 10px; font-size: 0.8rem; font-weight: 600; white-space: nowrap;
}
.badge { border: 1px solid var(--line); color: var(--quiet); margin-left: 6px; }
.verdict.good { border-left-color: var(--good); } .verdict.good .answer { color: var(--good); }
.verdict.bad { border-left-color: var(--bad); } .verdict.bad .answer { color: var(--bad); }
.verdict.calm { border-left-color: var(--calm); } .verdict.calm .answer { color: var(--calm); }
.verdict.open { border-left-color: var(--open); } .verdict.open .answer { color: var(--open); }
.decision.good { background: var(--good-ground); color: var(--good); }
.decision.bad { background: var(--bad-ground); color: var(--bad); }
.decision.calm { background: var(--calm-ground); color: var(--calm); }
.decision.open { background: var(--open-ground); color: var(--open); }
h2 { font-size: 1.05rem; line-height: 1.4; margin-bottom: 12px; }
h3 { font-size: 0.98rem; line-height: 1.4; }
h3::first-letter, caption::first-letter, figcaption::first-letter { text-transform: uppercase; }
section > * + *, figure > * + * { margin-top: 12px; }
section > h2 + * { margin-top: 0; }
section > figure + figure, section > .scroll + .scroll { margin-top: 24px; }
.reasons li { padding-left: 18px; position: relative; overflow-wrap: anywhere; }
.reasons li + li { margin-top: 6px; }
.reasons li::before { content: ""; position: absolute; left: 2px; top: 0.6em; width: 6px; height: 6px; border-radius: 50%; background: var(--quiet); }
.forest > li + li { margin-top: 20px; padding-top: 20px; border-top: 1px solid var(--line); }
.what { display: flex; flex-wrap: wrap; gap: 4px 12px; justify-content: space-between; align-items: center; margin-bottom: 8px; }
.what h3 { overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; margin-top: 4px; }
.figures strong { font-size: 1.15rem; }
.quiet, .legend { color: var(--quiet); font-size: 0.85rem; margin-top: 4px; overflow-wrap: anywhere; }
figcaption, caption { font-weight: 600; font-size: 0.95rem; text-align: left; }
caption { padding-bottom: 8px; }
caption small { margin-left: 6px; }
.chart { display: block; width: 100%; height: auto; font-size: 12px; }
.chart text { fill: var(--quiet); text-anchor: middle; font-variant-numeric: tabular-nums; }
.chart text.side, .chart text.name, .chart text.start { text-anchor: start; }
.chart text.end { text-anchor: end; }
.chart text.name { fill: var(--text); font-size: 13px; font-weight: 600; }
.chart.narrow { display: none; }
.within { fill: var(--within); }
.axis, .grid { stroke: var(--line); stroke-width: 1; }
.zero { stroke: var(--quiet); stroke-width: 1.5; }
.interval { stroke: var(--ink); fill: var(--ink); }
.interval.good { stroke: var(--good); fill: var(--good); }
.interval.bad { stroke: var(--bad); fill: var(--bad); }
.interval .bar { stroke-width: 3; } .interval .cap { stroke-width: 2; }
.interval circle { stroke: var(--surface); stroke-width: 2; }
.band { fill: var(--ink); opacity: 0.16; }
.edge { fill: none; stroke: var(--ink); stroke-width: 1; opacity: 0.5; }
.line { fill: none; stroke: var(--ink); stroke-width: 2.2; stroke-linejoin: round; }
.decided { stroke: var(--text); stroke-width: 1; stroke-dasharray: 3 3; }
.track { fill: var(--track); } .known { fill: var(--ink); opacity: 0.75; }
.whisker { stroke: var(--text); stroke-width: 2; }
.legend .key { display: inline-block; width: 18px; height: 10px; margin: 0 4px 0 12px; vertical-align: -1px; }
.legend .key:first-child { margin-left: 0; }
.key.line { border-bottom: 2px solid var(--ink); height: 5px; vertical-align: 3px; }
.key.band { background: var(--ink); opacity: 0.3; } .key.margin { background: var(--within); border: 1px solid var(--line); }
.checks { display: grid; gap: 10px; }
.checks li { display: flex; gap: 10px; overflow-wrap: anywhere; }
.checks .sign { flex: none; width: 22px; height: 22px; border-radius: 50%; text-align: center; font-weight: 700; line-height: 22px; }
.checks div { color: var(--quiet); font-size: 0.9rem; min-width: 0; } .checks strong { color: var(--text); }
.checks .state { font-size: 0.8rem; font-weight: 600; }
.said .sign { background: var(--track); color: var(--quiet); }
.ok .sign { background: var(--good-ground); color: var(--good); } .ok .state { color: var(--good); }
.failed .sign { background: var(--bad-ground); color: var(--bad); } .failed .state { color: var(--bad); }
.unknown .sign { background: var(--open-ground); color: var(--open); } .unknown .state { color: var(--open); }
.facts { display: grid; gap: 8px; }
.facts div { display: grid; grid-template-columns: 220px 1fr; gap: 12px; }
.facts dt { color: var(--quiet); font-size: 0.9rem; } .facts dd { overflow-wrap: anywhere; }
/* What is wider than its card scrolls; a shadow at the edge says that there is more. */
.scroll {
  overflow-x: auto; scrollbar-width: thin;
  background: linear-gradient(to right, var(--surface) 40%, transparent) 0 0 / 40px 100% no-repeat local,
    linear-gradient(to left, var(--surface) 40%, transparent) 100% 0 / 40px 100% no-repeat local,
    linear-gradient(to right, var(--quiet), transparent) 0 0 / 10px 100% no-repeat scroll,
    linear-gradient(to left, var(--quiet), transparent) 100% 0 / 10px 100% no-repeat scroll;
}
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 24px; }
figcaption small { margin-left: 6px; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--calm); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
td { min-width: 64px; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--quiet); font-weight: 500; font-size: 0.82rem; vertical-align: bottom; }
tbody th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
.confusion { table-layout: fixed; min-width: 300px; }
.confusion td { text-align: center; vertical-align: middle; border: 2px solid var(--surface); border-radius: 4px; }
.confusion td small { color: inherit; }
.confusion thead th + th { text-align: center; }
.confusion td.right { font-weight: 700; }
.confusion tbody th { vertical-align: middle; }
${Array.from({ length: 10 }, (_, shade) => `.heat${shade} { background: var(--h${shade}); }`).join(" ")}
summary { cursor: pointer; color: var(--quiet); font-size: 0.85rem; }
details[open] summary { margin-bottom: 8px; }
@media (max-width: 620px) {
  main { padding: 12px 10px 32px; }
  section, .verdict { padding: 16px; }
  .chart.wide { display: none; } .chart.narrow { display: block; }
  .facts div { grid-template-columns: 1fr; gap: 0; }
  th, td { padding: 6px; } td { min-width: 78px; } tbody th { min-width: 96px; }
  .rows thead { display: none; } .rows, .rows caption, .rows tbody, .rows tr, .rows th { display: block; }
  .rows tbody th { text-align: left; padding: 10px 0 2px; border-bottom: 0; overflow-wrap: anywhere; }
  .rows td { display: flex; justify-content: space-between; gap: 16px; padding: 3px 0; border-bottom: 0; overflow-wrap: anywhere; }
  .rows td::before { content: attr(data-head); color: var(--quiet); text-align: left; }
  .rows tr + tr { border-top: 1px solid var(--line); }
}
@media print {
  :root { --ground: #ffffff; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; }
  section, .verdict { break-inside: avoid; border-color: #bbbbbb; }
  .verdict { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  svg, td, .sign, .decision, .key { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  details::details-content { content-visibility: visible; }
}
`;
