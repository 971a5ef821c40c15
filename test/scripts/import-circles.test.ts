import { circlesIn } from "../../scripts/import-circles";

test("constructs/ has no circle of imports, type imports included", () => {
  expect(circlesIn("constructs")).toEqual([]);
});

test("a circle is found by its files", () => {
  expect(circlesIn("test/scripts/circle")).toEqual([
    ["test/scripts/circle/one.ts", "test/scripts/circle/three.ts", "test/scripts/circle/two.ts"],
  ]);
});
