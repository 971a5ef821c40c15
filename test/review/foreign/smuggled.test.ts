import { type Base, basesOf, reviewed } from "../mutants/bases";
import { removeFolders } from "../support";
import { type Change, platformStack } from "./authors";
import { SMUGGLED } from "./smuggled";

afterAll(removeFolders);

let base: Base;
beforeAll(() => {
  const [first] = basesOf(platformStack());
  if (first === undefined) throw new Error("no stack");
  base = first;
});

function changedBy(...changes: ReadonlyArray<Change | undefined>): Base["json"] {
  const json = structuredClone(base.json);
  for (const change of changes) change?.(json);
  return json;
}

/** What nobody can tell, or is looser. A refusal ends the pipeline as well. */
function loosened(before: Change | undefined, change: Change): boolean {
  try {
    const { entries } = reviewed({ ...base, json: changedBy(before) }, changedBy(before, change));
    return entries.some(({ verdicts }) => verdicts.includes("loosened"));
  } catch (error) {
    if (error instanceof Error && ("code" in error || error.name === "DuplicateMemberError")) return true;
    throw error;
  }
}

const all = Object.entries(SMUGGLED);

test.each(all.flatMap(([name, { before, change }]) => (change === undefined ? [] : [{ name, before, change }])))(
  "$name: loosened",
  ({ before, change }) => {
    expect(loosened(before, change)).toBe(true);
  },
);

test.each(
  all.flatMap(([name, { before, harmless }]) => (harmless === undefined ? [] : [{ name, before, change: harmless }])),
)("the harmless twin of $name: not loosened", ({ before, change }) => {
  expect(loosened(before, change)).toBe(false);
});
