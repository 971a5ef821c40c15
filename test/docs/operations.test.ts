import { readFileSync } from "node:fs";
import { join } from "node:path";
import { INCIDENT_EVENT_TYPES, INCIDENTS } from "../../src/model/incidents";
import { METRICS } from "../../src/model/metrics";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
const [, alarms = "", incidents = ""] = page.split(/^## (?:Alarms|Incidents)$/m);
const sectionsOf = (text: string) =>
  text
    // Other sections of the page follow.
    .replace(/^## [\s\S]*/m, "")
    .split(/^### /m)
    .slice(1)
    .map((section) => ({ name: /^[a-z-]+/.exec(section)?.[0] ?? "", section }));
const names = (text: string) =>
  sectionsOf(text)
    .map(({ name }) => name)
    .sort();

describe("docs/operations.md", () => {
  test("has a section for each alarm, and for no other", () => {
    // GIVEN
    const source = readFileSync(join(ROOT, "constructs/monitoring/alarms.ts"), "utf8");
    const rendered = [...source.matchAll(/render\(\s*"([a-z_]+)"/g)].map(([, id = ""]) => id.replace(/_/g, "-"));

    // THEN
    expect(rendered.length).toBeGreaterThan(0);
    expect(names(alarms)).toEqual(rendered.sort());
  });

  test("has a section for each incident, and for no other", () => {
    expect(names(incidents)).toEqual(Object.values(INCIDENTS).sort());
  });

  test.each([...sectionsOf(alarms), ...sectionsOf(incidents)])(
    "says of $name what it means, what happens by itself, what to do, and when it is over",
    ({ section }) => {
      const said = [...section.matchAll(/^- \*\*(.+?)\.\*\* \S/gm)].map(([, what]) => what);
      expect(said).toEqual(["Means", "By itself", "You", "Over"]);
    },
  );

  test("names the metrics and the events of incidents", () => {
    const told = [METRICS.incidentsOpened, METRICS.incidentsResolved, ...Object.values(INCIDENT_EVENT_TYPES)];
    for (const name of told) expect(incidents).toContain(`\`${name}\``);
    expect(alarms).toContain(METRICS.openIncidents);
  });
});
