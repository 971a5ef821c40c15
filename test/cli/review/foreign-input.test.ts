import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "sarif";
import type { ReviewOptions } from "../../../src/cli/review/review-options";
import { EXIT_FAIL_ON, runReview } from "../../../src/cli/review/run-review";
import { newIssuer, newKey } from "../../constructs/support";
import { planBetween } from "../../review/plan";
import { removeFolders, synthesised } from "../../review/support";

const OPTIONS: ReviewOptions = { format: "terminal", failOn: [], name: "" };
const created = (address: string, type: string) => ({
  address,
  mode: "managed",
  type,
  change: { actions: ["create"], before: null, after: {}, after_unknown: {} },
});
/** A plan of somebody's who has nothing to do with keys. */
const FOREIGN = JSON.stringify({
  format_version: "1.2",
  resource_changes: [
    created("aws_s3_bucket.a", "aws_s3_bucket"),
    created("aws_s3_bucket.b", "aws_s3_bucket"),
    created("aws_sqs_queue.a", "aws_sqs_queue"),
    created("null_resource.a", "null_resource"),
  ],
});
/** A key that is new. */
const issued = () =>
  JSON.stringify(
    planBetween(
      synthesised(newIssuer),
      synthesised((stack) => newKey(stack, newIssuer(stack))),
    ),
  );

describe("input of others", () => {
  const here = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "foreign-"));
  });
  afterEach(() => {
    process.chdir(here);
    removeFolders();
    rmSync(folder, { recursive: true });
  });
  const written = (content: string, name = "plan.json") => {
    const file = join(folder, name);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
    return file;
  };

  test("a plan without keys says so, in every format that people read", async () => {
    const file = written(FOREIGN);
    for (const format of ["terminal", "markdown", "json"] as const) {
      const { text, exitCode } = await runReview(file, undefined, { ...OPTIONS, format });
      expect(text).toContain("no keys or issuers in this plan: 4 other resources");
      expect(exitCode).toBe(0);
    }
  });

  test("a plan of nothing at all says so as well", async () => {
    const { text } = await runReview(written('{"format_version": "1.2", "resource_changes": []}'), undefined, OPTIONS);
    expect(text).toContain("no keys or issuers in this plan: 0 other resources");
  });

  test("a gate that demands keys is closed by a plan without them", async () => {
    const { exitCode } = await runReview(written(FOREIGN), undefined, { ...OPTIONS, requireKeys: true });
    expect(exitCode).toBe(EXIT_FAIL_ON);
  });

  test.each([
    ["the command's line", `[command]/opt/terraform/terraform-bin show -json plan.bin\n${FOREIGN}\n`],
    ["debugging lines", `${FOREIGN}\n::debug::Terraform exited with code 0.\n::debug::stdout: ${FOREIGN}\n`],
    ["outputs", `${FOREIGN}\n::set-output name=exitcode::0\n`],
    ["all of it", `[command]/x/terraform-bin show\n${FOREIGN}\n\n::debug::stderr: \n::debug::exitcode: 0\n`],
  ])("output of the setup-terraform wrapper is named: %s", async (_, content) => {
    await expect(runReview(written(content), undefined, OPTIONS)).rejects.toThrow(
      /SK283.*setup-terraform.*terraform_wrapper: false/s,
    );
  });

  describe("SARIF", () => {
    const log = async (file: string): Promise<Log> =>
      JSON.parse((await runReview(file, undefined, { ...OPTIONS, format: "sarif" })).text);
    const pathsOf = ({ runs }: Log) =>
      (runs[0]?.results ?? []).map(({ locations }) => locations?.[0]?.physicalLocation?.artifactLocation?.uri);

    test("rules say what is to be done, and results are told apart without their lines", async () => {
      const { runs } = await log(written(issued()));
      const { rules = [] } = runs[0]?.tool.driver ?? {};
      for (const { help } of rules) expect(help?.text.length).toBeGreaterThan(20);
      const results = runs[0]?.results ?? [];
      expect(results.length).toBeGreaterThan(0);
      for (const { partialFingerprints } of results) {
        expect(partialFingerprints?.["primaryLocationLineHash"]).toMatch(/^[0-9a-f]+:1$/);
      }
    });

    test("a file inside of the repository is named from its root", async () => {
      mkdirSync(join(folder, ".git"));
      const file = written(issued(), "infra/plans/plan.json");
      process.chdir(join(folder, "infra"));
      expect(new Set(pathsOf(await log(file)))).toEqual(new Set(["infra/plans/plan.json"]));
    });

    test("a file outside of it has no path", async () => {
      const file = written(issued(), "plan.json");
      mkdirSync(join(folder, "repository/.git"), { recursive: true });
      process.chdir(join(folder, "repository"));
      expect(new Set(pathsOf(await log(file)))).toEqual(new Set([undefined]));
    });
  });
});
