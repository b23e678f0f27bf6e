import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { assertInstalled, build, buildText, OVERLAYS } from "./kustomize.ts";
import { prepareSchemas, validate } from "./schemas.ts";

/** The oldest that the manifests need (`preStop.sleep` without a feature gate), and the newest with schemas. */
const OLDEST = "1.30";
const NEWEST = "1.37";

before(assertInstalled);
before(prepareSchemas);

for (const overlay of OVERLAYS)
  for (const version of [OLDEST, NEWEST])
    test(`${overlay} keeps to the schemas of Kubernetes ${version}, with no field that they do not know`, (t) => {
      const yaml = buildText(overlay);
      const { passed, complaints } = validate(yaml, version);
      assert.deepEqual(complaints, []);
      assert.equal(passed.length, build(overlay).length);
      t.diagnostic(`${passed.length} objects`);
    });

test("the schemas refuse a value of another type and a field that is misspelt", () => {
  const yaml = buildText("base");
  for (const [right, wrong] of [
    ["terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: soon"],
    ["automountServiceAccountToken", "automountServiceAcountToken"],
    ["whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfied: ScheduleAnyway"],
  ] as const) {
    assert.ok(yaml.includes(right), right);
    const { complaints } = validate(yaml.replace(right, wrong), NEWEST);
    assert.equal(complaints.length, 1, `${wrong}: ${complaints.join("\n")}`);
  }
});

test("README.md of deploy/ names these versions", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../deploy/README.md"), "utf8");
  assert.match(readme, new RegExp(`Kubernetes ${OLDEST} to ${NEWEST}`));
});
