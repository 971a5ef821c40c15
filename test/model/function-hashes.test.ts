import { mayPrecede, shippedBy } from "../../src/model/function-hashes";

describe("the code of a function in the package", () => {
  const releases = { "1.0.0": { "openai/controller": "aa" }, "1.1.0": { "openai/controller": "bb" } };

  test("is what the package's own release has published, and not what an earlier one had", () => {
    expect(shippedBy("1.1.0", "openai/controller", { releases })).toBe("bb");
    expect(shippedBy("1.1.0", "openai/observer", { releases })).toBeUndefined();
    expect(shippedBy("2.0.0", "openai/controller", { releases })).toBeUndefined();
  });

  test("is, in a working copy that was changed since, what was built there", () => {
    const changed = { releases: { ...releases, "1.1.0-unreleased": { "openai/controller": "cc" } } };
    expect(shippedBy("1.1.0", "openai/controller", changed)).toBe("cc");
  });
});

test.each([
  ["1.0.0", "1.0.1", true],
  ["1.9.0", "1.10.0", true],
  ["9.9.9", "10.0.0", true],
  ["1.0.1", "1.0.0", false],
  ["1.10.0", "1.9.9", false],
  ["2.0.0", "1.10.10", false],
  ["1.0.0", "1.0.0", false],
  ["1.0.0-unreleased", "1.0.0-unreleased", false],
  ["1.0.0-unreleased", "1.0.0", true],
  ["1.0.0", "1.0.0-unreleased", true],
  ["latest", "1.0.0", true],
])("release %s may have come before %s: %j", (release, other, expected) => {
  expect(mayPrecede(release, other)).toBe(expected);
});
