import { benchFunctionStart } from "../../bench/function-start";

describe("the bench of the functions' start", () => {
  it("calls both functions as AWS does, and has a figure for each comparison", async () => {
    const rows = await benchFunctionStart({ cold: 1, warm: 1, warmUp: 0 });

    expect(rows).toHaveLength(8);
    for (const { name, value, ratio } of rows) {
      expect([name, value > 0, (ratio ?? 0) > 0]).toEqual([name, true, true]);
    }
  });
});
