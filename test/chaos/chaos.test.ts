import { chaos } from "./chaos";

/** Long runs: `npm run chaos -- --runs 100000 --seed 1`. */
const RUNS = 300;

describe("one key under crashes, lost replies, races and people", () => {
  test.each([1, 2, 3])(
    "never is out, orphaned, revoked early, stuck or leaked (seed %i)",
    async (seed) => {
      await chaos(RUNS, seed);
    },
    120_000,
  );
});
