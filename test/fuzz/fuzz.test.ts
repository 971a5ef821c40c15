import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { bundleWorker } from "../support/bundle";
import { runJobs } from "../support/jobs";
import { Broken, checkRefusal, type Door } from "./door";
import { DOORS, fuzz } from "./fuzz";
import { CANARY, mutated } from "./mutate";

/** Long runs: `npm run fuzz`. */
const INPUTS = 10_000;

/** In processes of their own, bundled as for the long runs: jest's module system makes them many times slower. */
let folder: string;
let worker: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scoped-keys-fuzz-test-"));
  worker = join(folder, "worker.js");
  await bundleWorker(join(__dirname, "worker.ts"), worker);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("whatever comes in from outside", () => {
  test("is shared out among the doors", () => {
    expect(DOORS.reduce((sum, { share }) => sum + share, 0)).toBe(100);
    expect(new Set(DOORS.map(({ name }) => name)).size).toBe(DOORS.length);
  });

  test.each([1, 2])(
    "is done or refused in words, a refusal has no effect, and no key is told (seed %i)",
    async (seed) => {
      expect(await runJobs([{ worker, runs: INPUTS, seed }], () => false)).toEqual([undefined]);
    },
    180_000,
  );
});

describe("the harness", () => {
  const door = (enter: (input: unknown) => void): Door => ({
    name: "test",
    share: 100,
    input: mutated(fc.constant({ name: "a", list: [1, 2], inner: { flag: true } })),
    enter: async (input) => enter(input),
  });

  test("finds what one field in three breaks, and replays it by seed and path", async () => {
    // GIVEN
    const careless = door((input) => {
      const inner = (input as { inner?: { flag?: unknown } } | null)?.inner;
      if (inner !== undefined && typeof inner?.flag === "string") throw new TypeError("flag.toFixed is not a function");
    });

    // WHEN
    const found = await fuzz(2_000, 1, undefined, [careless]).catch((error: Error) => error);
    const cause = found instanceof Error ? found.cause : undefined;
    const path = /path: "([\d:]+)"/.exec(cause instanceof Error ? cause.message : "")?.[1] ?? "";
    const replayed = await fuzz(1, 1, `test/${path}`, [careless]).catch((error: Error) => error);

    // THEN
    expect(path).not.toBe("");
    for (const error of [found, replayed]) expect(String(error)).toContain('door "test"');
  });

  test("takes a crash, an effect before a refusal and a told key for broken", () => {
    expect(() => checkRefusal(new TypeError("x is not a function"), [])).toThrow(Broken);
    expect(() => checkRefusal(new Broken("b"), [])).toThrow("b");
    const refusal = Object.assign(new Error(`InvalidRequestException: ${CANARY}`), {});
    expect(() => checkRefusal(refusal, [])).not.toThrow();
  });
});
