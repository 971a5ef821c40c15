import { rmSync } from "node:fs";
import { readFolder } from "../../src/cli/review/read-input";
import { runReview } from "../../src/cli/review/run-review";
import { RENDERED } from "../../src/model/rendered";
import { blocksOf, type Rules } from "../../src/model/rendered/rule";
import { type Attributes, grouped, isAttributes } from "../../src/review/attributes";
import { OwnedNames, partsIn } from "../../src/review/owned/parts";
import type { Entry } from "../../src/review/review";
import { EXAMPLES, everyProperty, synthesisedExample } from "../review/examples";
import { removeFolders, synthesised } from "../review/support";

/** What examples and tests declare themselves. */
const FOREIGN = new Set(["aws_iam_role.reader", "aws_iam_role.results_page", "aws_iam_role.app"]);

/** Readers' policies are judged as those of others are. */
const READS = /_reads_[0-9A-F]{8}$/;

const folders: string[] = [];
afterAll(() => {
  removeFolders();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderOf(name: string): string {
  if (name === "every property") return synthesised(everyProperty);
  const found = EXAMPLES.find((example) => example === name);
  const folder = synthesisedExample(found ?? "quickstart");
  folders.push(folder);
  return folder;
}

/** Paths of attributes that no rule is for. */
function unclassified(rules: Rules, written: Attributes, path: string): string[] {
  return Object.entries(written).flatMap(([name, value]) => {
    if (name === "depends_on") return [];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined || rule.computed) return [`${path}.${name}`];
    if (rule.block === undefined) return [];
    const inner = rule.block;
    return blocksOf(value)
      .filter(isAttributes)
      .flatMap((each) => unclassified(inner, each, `${path}.${name}`));
  });
}

/**
 * What the constructs render has to be in `src/model/rendered`. Whoever renders a resource or an
 * attribute more says there what a change of it means; until then review reports it as one that
 * nobody can judge.
 */
describe.each([...EXAMPLES, "every property"])("what %s renders", (name) => {
  let folder: string;
  beforeAll(() => {
    folder = folderOf(name);
  });

  test("is all classified, resource by resource and attribute by attribute", () => {
    // GIVEN
    const { snapshot } = readFolder(folder);
    const names = new OwnedNames([snapshot]);
    const found: string[] = [];
    for (const resources of grouped(snapshot.resources, ({ stack }) => stack).values()) {
      const parts = partsIn(resources, names);
      for (const { address, written = {} } of resources) {
        // WHEN
        const part = parts.get(address);
        const rendered = part === undefined ? undefined : RENDERED[part.name];
        // THEN
        if (rendered !== undefined) found.push(...unclassified(rendered.rules, written, `${part?.name}: ${address}`));
        else if (!FOREIGN.has(address) && !READS.test(address)) found.push(`no part: ${address}`);
      }
    }
    expect(snapshot.resources.length).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });

  test("is nothing that nobody can tell, where there was none of it before", async () => {
    // WHEN
    const { text } = await runReview(
      synthesised(() => {}),
      folder,
      { format: "json", failOn: [], name: "" },
    );
    // THEN
    const entries: readonly Entry[] = JSON.parse(text).entries;
    expect(entries.length).toBeGreaterThan(1);
    expect(
      entries.flatMap(({ name: of, fields }) =>
        fields.filter(({ direction }) => direction === "unknown").map(({ field, is }) => `${of} ${field}: ${is}`),
      ),
      // An adapter is the author's own code.
    ).toEqual(
      name === "custom-issuer" ? [expect.stringMatching(/^acme-keys\/acme code: release .* with adapter /)] : [],
    );
  });
});

test("each part is rendered by an example, or by the stack with every property", () => {
  const seen = new Set<string>();
  for (const name of [...EXAMPLES, "every property"]) {
    const { snapshot } = readFolder(folderOf(name));
    const names = new OwnedNames([snapshot]);
    for (const resources of grouped(snapshot.resources, ({ stack }) => stack).values()) {
      for (const part of partsIn(resources, names).values()) seen.add(part.name);
    }
  }
  expect([...seen].sort()).toEqual(Object.keys(RENDERED).sort());
});
