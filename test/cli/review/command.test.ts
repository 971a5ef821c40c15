import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { planBetween } from "../../review/plan";
import { removeFolders, synthesised } from "../../review/support";
import { CHANGES } from "./changes";

const BIN = join(__dirname, "../../../bin/scoped-keys.js");
const run = (args: readonly string[], input = "") =>
  spawnSync(process.execPath, [BIN, "review", ...args], { encoding: "utf8", input });

afterEach(removeFolders);

describe("the command scoped-keys review", () => {
  const change = CHANGES["scope added"] ?? fail();
  const plan = () => JSON.stringify(planBetween(synthesised(change.before), synthesised(change.after)));

  test.each([[[]], [["-"]]])(
    "reads a plan from standard input, and shows no colour where there is no terminal: %j",
    (args) => {
      const { status, stdout } = run(args, plan());
      expect(status).toBe(0);
      expect(stdout).toMatch(
        /^1 loosened; 1 not touched\n\nLOOSENED\n {2}key ai-keys\/openai\/summariser\n {4}looser {3}scopes: /,
      );
      expect(stdout).not.toContain("\u001b");
    },
  );

  test("ends with 3 on what --fail-on names, with commas or again, and the review is told all the same", () => {
    const text = plan();
    for (const args of [
      ["--fail-on", "drift,loosened"],
      ["--fail-on", "drift", "--fail-on", "loosened"],
    ]) {
      const { status, stdout } = run(args, text);
      expect(status).toBe(3);
      expect(stdout).toContain("LOOSENED");
    }
  });

  test.each([
    ["an unknown format", ["--format", "html"], 2, "markdown"],
    ["an unknown word", ["--fail-on", "losened"], 2, "loosened"],
    ["a file that is not there", ["none.json"], 2, "SK310"],
    ["no JSON", ["-"], 1, "SK311"],
  ])("answers %s", (_, args, code, says) => {
    const { status, stdout, stderr } = run(args, "{");
    expect({ status, stdout }).toEqual({ status: code, stdout: "" });
    expect(stderr).toContain(says);
  });

  test("its SARIF has a rule and a fingerprint for each result, and names the file from where it runs", () => {
    // GIVEN
    const folder = synthesised(change.before);
    writeFileSync(join(folder, "my plan.json"), plan());
    // WHEN
    const { stdout } = spawnSync(
      process.execPath,
      [BIN, "review", "my plan.json", "--format", "sarif", "--fail-on", "loosened"],
      {
        encoding: "utf8",
        cwd: folder,
      },
    );
    // THEN
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe("2.1.0");
    const [{ results, tool }] = runs;
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ ruleId: "loosened", level: "error" });
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe("loosened");
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("my%20plan.json");
    expect(results[0].partialFingerprints["entry/v1"]).toMatch(/^[0-9a-f]{32}$/);
  });

  test("has help with examples and exit codes", () => {
    const { status, stdout } = run(["--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain("Exit codes: 0");
  });
});
