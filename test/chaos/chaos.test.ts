import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker, edited } from "../support/bundle";
import { runJobs } from "../support/jobs";
import { chaos } from "./chaos";
import { GUARDS } from "./guards";

/** Long runs: `npm run chaos -- --runs 100000 --seeds 1..20`. */
const RUNS = 500;

describe("one key under crashes, lost replies, races, wrong clocks, an operator and people", () => {
  test.each([1, 2, 3, 4])(
    "case 14: never is out, orphaned, revoked early, stuck or leaked (seed %i)",
    async (seed) => {
      await chaos(RUNS, seed);
    },
    180_000,
  );
});

describe("the harness", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "scoped-keys-chaos-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("finds an engine without overlaps, and replays what it found by seed and path", async () => {
    // GIVEN
    const worker = join(folder, "worker.js");
    const guard = GUARDS.find(({ name }) => name.startsWith("overlap"));
    await bundleWorker(join(__dirname, "worker.ts"), worker, guard?.edits);

    // WHEN
    const [found] = await runJobs([{ worker, runs: 50, seed: 1 }], () => false);
    const path = /path: "([\d:]+)"/.exec(found ?? "")?.[1] ?? "";
    const [replayed] = await runJobs([{ worker, runs: 1, seed: 1, path }], () => false);

    // THEN
    expect(found).toContain("early revocation of");
    expect(replayed).toContain("early revocation of");
  }, 60_000);

  test("refuses an edit that no longer fits its source, or fits it twice", () => {
    const edit = { file: "f.ts", find: "guard();", put: "" };
    expect(edited("a; guard(); b;", edit)).toBe("a;  b;");
    expect(() => edited("a;", edit)).toThrow("f.ts holds this 0 times");
    expect(() => edited("guard(); guard();", edit)).toThrow("f.ts holds this 2 times");
  });
});
