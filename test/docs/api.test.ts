import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as constructs from "../../constructs";
import { apiPage, publicTypes, undocumented } from "../../scripts/api";

describe("the public API", () => {
  const types = publicTypes();

  test("is all that users can import", () => {
    const classes = types.filter(({ kind }) => kind === "class").map(({ name }) => name);
    expect(classes).toEqual(Object.keys(constructs).sort());
    expect(types.some(({ name }) => name === "IKeyIssuer")).toBe(true);
  });

  test("has no undocumented member, no optional one without its default, and no class without an example", () => {
    expect(undocumented(types)).toEqual([]);
  });

  test("does not show what is internal", () => {
    const names = types.flatMap(({ name, members }) => members.map((member) => `${name}.${member.name}`));
    expect(names.length).toBeGreaterThan(300);
    expect(names.filter((name) => name.includes("._"))).toEqual([]);
  });

  test("is what docs/api.md says", () => {
    expect(readFileSync(join(__dirname, "../../docs/api.md"), "utf8")).toBe(apiPage(types));
  });
});

describe("what is missing is found", () => {
  const member = {
    name: "b",
    signature: "b?: string",
    doc: "Some text.",
    isOptional: true,
    isConstructor: false,
    isConstant: false,
  };
  const type = { name: "A", kind: "class", file: "a.ts", heading: "class A", doc: "An A.", members: [member] } as const;

  test.each([
    ["a class without an example", type, ["A: has no @example", "A.b: does not say what happens without it"]],
    [
      "a type without a text",
      { ...type, kind: "interface" as const, doc: undefined, members: [] },
      ["A: has no documentation"],
    ],
    [
      "a member without a text",
      { ...type, kind: "interface" as const, members: [{ ...member, doc: undefined }] },
      ["A.b: has no documentation"],
    ],
  ])("%s", (_, given, found) => {
    expect(undocumented([given])).toEqual(found);
  });
});
