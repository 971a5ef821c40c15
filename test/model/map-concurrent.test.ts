import { mapConcurrent } from "../../src/model/map-concurrent";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("mapConcurrent", () => {
  test("begins in order, runs so many at once, and answers in the order of the items", async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const results = await mapConcurrent([5, 4, 3, 2, 1], 2, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      for (let turns = 0; turns < item; turns++) await turn();
      running--;
      return item * 10;
    });
    expect(results).toEqual([50, 40, 30, 20, 10]);
    expect(begun).toEqual([5, 4, 3, 2, 1]);
    expect(most).toBe(2);
  });

  test("of nothing makes nothing", async () => {
    expect(await mapConcurrent([], 4, async () => 1)).toEqual([]);
  });

  test("fails with the first failure, and begins nothing after it", async () => {
    const begun: number[] = [];
    const work = mapConcurrent([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error("one");
    });
    await expect(work).rejects.toThrow("one");
    await turn();
    await turn();
    expect(begun).toEqual([1, 2]);
  });
});
