import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker, edited } from "../support/bundle";
import { runJobs } from "../support/jobs";
import { GUARDS } from "./guards";

/** Long runs: `npm run chaos -- --runs 100000 --seeds 1..20`. */
const RUNS = 500;
const WORKER = join(__dirname, "worker.ts");

/**
 * In processes of their own, bundled as for the long runs: jest's module system makes them many
 * times slower.
 */
let folder: string;
let worker: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scoped-keys-chaos-test-"));
  worker = join(folder, "worker.js");
  await bundleWorker(WORKER, worker);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("one key under crashes, lost replies, races, wrong clocks, an operator and people", () => {
  test.each([1, 2, 3, 4])(
    "case 14: never is out, orphaned, revoked early, stuck or leaked (seed %i)",
    async (seed) => {
      expect(await runJobs([{ worker, runs: RUNS, seed }], () => false)).toEqual([undefined]);
    },
    180_000,
  );
});

describe("the harness", () => {
  test("finds an engine without overlaps, and replays what it found by seed and path", async () => {
    // GIVEN
    const guard = GUARDS.find(({ name }) => name.startsWith("overlap"));
    const broken = join(folder, "broken.js");
    await bundleWorker(WORKER, broken, guard?.edits);

    // WHEN
    const [found] = await runJobs([{ worker: broken, runs: 50, seed: 1 }], () => false);
    const path = /path: "([\d:]+)"/.exec(found ?? "")?.[1] ?? "";
    const [replayed] = await runJobs([{ worker: broken, runs: 1, seed: 1, path }], () => false);

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
