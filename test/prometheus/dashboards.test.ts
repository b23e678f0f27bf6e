import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import * as units from "@grafana/grafana-foundation-sdk/units";
import { parse } from "yaml";
import { dashboardFiles, write } from "../../grafana/src/files.ts";
import { ruleFiles } from "../../prometheus/src/files.ts";
import { type PanelFile, panelsOf, readDashboards, readText } from "../dashboards/dashboard-file.ts";
import { expressionsOf } from "../dashboards/expression.ts";
import { metricNames } from "../dashboards/metric-names.ts";
import { findMetricNames } from "./known-metrics.ts";
import { assertInstalled, promtool } from "./prometheus.ts";

/** Prometheus makes them itself. */
const OF_PROMETHEUS = ["up", "ALERTS"];
/** Of the gateway and the workers, but not where the bundled experiment runs. */
const OF_OTHER_CONFIGURATIONS: Readonly<Record<string, string>> = {
  ab_rate_limit_store_up: "limits.rate.redis",
};
const COLUMNS = 24;

before(assertInstalled);

const dashboards = readDashboards();
const expressions = dashboards.flatMap(expressionsOf);
const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({ where: `${dashboard.title}, ${panel.title}`, panel })),
);

test("what is committed is what is generated, to the byte, at every time", () => {
  const [once, again] = [dashboardFiles(), dashboardFiles()];
  assert.deepEqual(
    once.map(({ dashboard }) => write(dashboard)),
    again.map(({ dashboard }) => write(dashboard)),
  );
  for (const { path, dashboard } of once)
    assert.ok(readText(path) === write(dashboard), `grafana/${path} is old: npm run generate`);
});

test("promtool accepts every expression of every panel and annotation", async (t) => {
  assert.ok(expressions.length > 100, String(expressions.length));
  const { status, said } = await check(
    t,
    expressions.map(({ expr }, index) => ({ record: `expression_${index}`, expr })),
  );
  assert.equal(status, 0, said);
});

async function check(t: TestContext, rules: readonly { record: string; expr: string }[]) {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-dashboards-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "rules.json");
  await writeFile(file, JSON.stringify({ groups: [{ name: "dashboards", rules }] }));
  return promtool(["check", "rules", file]);
}

test("every metric of a panel is one of a running system, or recorded", { timeout: 120_000 }, async (t) => {
  const recorded = ruleFiles({ timeScale: 1 }).flatMap(({ groups }) =>
    groups.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule.record] : []))),
  );
  const known = new Set([...(await findMetricNames(t)), ...recorded, ...OF_PROMETHEUS]);
  const missing = expressions.flatMap(({ where, expr }) =>
    metricNames(expr)
      .filter((name) => !known.has(name) && OF_OTHER_CONFIGURATIONS[name] === undefined)
      .map((name) => `${where}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test("every panel has a title of its own, a unit of Grafana's and a sentence that says what to read out of it", () => {
  const ofGrafana = new Set<unknown>(Object.values(units));
  for (const { where, panel } of panels) {
    assert.match(panel.description ?? "", /^[A-Z0-9].{30,}[.]$/, where);
    assert.ok(ofGrafana.has(panel.fieldConfig.defaults.unit), `${where}: ${panel.fieldConfig.defaults.unit}`);
  }
  for (const dashboard of dashboards) {
    const titles = panelsOf(dashboard).map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length, titles.sort().join());
  }
});

test("numbers of panels are unique, and no panel lies on another or beyond the grid", () => {
  assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, dashboards.length);
  for (const { panels } of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos;
      assert.ok(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= COLUMNS, panel.title);
      // Above and below it, Grafana puts the other models' panels.
      if (panel.repeat !== undefined) assert.equal(w, COLUMNS, panel.title);
      for (const other of panels)
        if (other.id > panel.id) assert.ok(!overlap(panel, other), `${panel.title}, ${other.title}`);
    }
  }
});

function overlap({ gridPos: a }: PanelFile, { gridPos: b }: PanelFile): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

test("everything reads the data source that is chosen at the top", () => {
  const chosen = { type: "prometheus", uid: "${datasource}" };
  for (const { where, panel } of panels) {
    assert.deepEqual(panel.datasource, chosen, where);
    for (const target of panel.targets ?? []) assert.deepEqual(target.datasource, chosen, where);
  }
  for (const { templating, annotations } of dashboards) {
    const [first, ...others] = templating.list;
    assert.deepEqual([first?.name, first?.type, first?.query], ["datasource", "datasource", "prometheus"]);
    for (const { name, datasource } of [...others, ...annotations.list])
      assert.deepEqual(datasource, chosen, name);
  }
});

test("a variable that an expression names is one of its dashboard", () => {
  for (const dashboard of dashboards) {
    const names = new Set(dashboard.templating.list.map(({ name }) => name));
    for (const { title, targets = [] } of panelsOf(dashboard))
      for (const { expr } of targets)
        for (const [, name = ""] of expr.matchAll(/\$([a-z]\w*)/g))
          assert.ok(names.has(name), `${dashboard.title}, ${title}: $${name}`);
  }
});

test("a look belongs to a query of its panel, and every query has a name and a legend", () => {
  for (const { where, panel } of panels) {
    const ids = (panel.targets ?? []).map(({ refId }) => refId);
    assert.ok(ids.length > 0, where);
    assert.equal(new Set(ids).size, ids.length, where);
    for (const { legendFormat } of panel.targets ?? []) assert.notEqual(legendFormat, "", where);
    for (const { matcher } of panel.fieldConfig.overrides)
      if (matcher.id === "byFrameRefID")
        assert.ok(ids.includes(matcher.options), `${where}: ${matcher.options}`);
  }
});

/** As in Grafana's packages/grafana-data/src/transformations; it ignores an option of another name. */
const TRANSFORMATIONS: Readonly<Record<string, readonly string[]>> = {
  reduce: ["reducers", "mode", "labelsToFields", "includeTimeField"],
  organize: ["excludeByName", "includeByName", "indexByName", "renameByName"],
};

test("transformations have the options that Grafana reads", () => {
  const used = panels.flatMap(({ panel }) => panel.transformations ?? []);
  assert.deepEqual(new Set(used.map(({ id }) => id)), new Set(Object.keys(TRANSFORMATIONS)));
  for (const { id, options } of used)
    for (const name of Object.keys(options)) assert.ok(TRANSFORMATIONS[id]?.includes(name), `${id}: ${name}`);
});

test("the totals are bars by model: names of time series become rows, and so the axis", () => {
  const bars = panels.filter(({ panel }) => panel.type === "barchart");
  assert.equal(bars.length, 1);
  for (const { where, panel } of bars) {
    const [reduce, organize] = panel.transformations ?? [];
    assert.equal(reduce?.options.mode, "seriesToRows", where);
    assert.deepEqual(reduce?.options.reducers, ["lastNotNull"], where);
    // Grafana names the fields so: "Field", and the reducer's own name.
    assert.deepEqual(organize?.options.renameByName, { Field: "Model", "Last *": "Predictions" }, where);
    assert.equal(panel.options.xField, "Model", where);
    for (const { refId, instant, format, legendFormat } of panel.targets ?? [])
      assert.deepEqual(
        [instant, format, legendFormat],
        [true, "time_series", `{{model_version}} (${refId})`],
        where,
      );
  }
});

test("the line of the target is not stacked on the shares", () => {
  const split =
    panels.find(({ panel }) => panel.title === "Traffic split")?.panel ?? assert.fail("not there");
  assert.deepEqual(split.fieldConfig.defaults.custom?.stacking, { mode: "percent", group: "A" });
  const target = split.fieldConfig.overrides.find(({ matcher }) => matcher.options === "target");
  const stacking = target?.properties.find(({ id }) => id === "custom.stacking");
  assert.deepEqual(stacking?.value, { mode: "none", group: "unstacked" });
});

test("a count by step has steps of many scrapes, or each event were counted in several of them", () => {
  for (const { where, panel } of panels) {
    const counts = (panel.targets ?? []).some(
      ({ expr, instant }) => expr.includes("increase(") && instant !== true,
    );
    if (counts) assert.equal(panel.interval, "1m", where);
  }
});

test("a subquery over a step is as long as the step is at least, so that it is never empty", () => {
  for (const { where, panel } of panels)
    for (const { expr } of panel.targets ?? [])
      for (const [, resolution] of expr.matchAll(/\[\$__interval:(\w+)\]/g))
        assert.equal(panel.interval, resolution, where);
});

test("a model has one colour on all panels", () => {
  const colors = new Map<string, Set<unknown>>();
  for (const { panel } of panels)
    for (const { matcher, properties } of panel.fieldConfig.overrides) {
      const [role] = /(control|treatment)$/.exec(matcher.options) ?? [];
      const color = properties.find(({ id }) => id === "color")?.value;
      if (role !== undefined) colors.set(role, (colors.get(role) ?? new Set()).add(JSON.stringify(color)));
    }
  assert.deepEqual(
    [...colors.values()].map(({ size }) => size),
    [1, 1],
  );
});

test("the provisioned data source and folder are those of the dashboards, and it knows how often is scraped", () => {
  const sources = parse(readText("provisioning/datasources/prometheus.yml")).datasources;
  const { global } = parse(readText("../prometheus/prometheus.yml"));
  assert.deepEqual(
    sources.map(({ uid, type, jsonData }: { uid: string; type: string; jsonData: unknown }) => [
      uid,
      type,
      jsonData,
    ]),
    [["prometheus", "prometheus", { timeInterval: global.scrape_interval, httpMethod: "POST" }]],
  );
  const [provider] = parse(readText("provisioning/dashboards/blindsplit.yml")).providers;
  assert.deepEqual(
    [provider.type, provider.allowUiUpdates, provider.options.path],
    ["file", false, "/etc/grafana/dashboards"],
  );
});
