import { poll } from "../../src/model/poll";

function asked(answers: readonly number[]) {
  const rest = [...answers];
  const slept: number[] = [];
  const run = poll({
    first: rest.shift() ?? 0,
    again: async () => rest.shift() ?? 0,
    isGood: (answer) => answer > 9,
    pausesMillis: [100, 200],
    sleep: async (millis) => void slept.push(millis),
  });
  return { run, slept };
}

describe("poll", () => {
  test.each([
    ["at once", [10], 10, []],
    ["after a pause", [1, 10, 11], 10, [100]],
    ["at the last question", [1, 2, 10], 10, [100, 200]],
    ["never", [1, 2, 3, 10], 3, [100, 200]],
  ])("with an answer that is good %s", async (_, answers, last, pauses) => {
    const { run, slept } = asked(answers);
    expect(await run).toBe(last);
    expect(slept).toEqual(pauses);
  });

  test("fails as a question fails", async () => {
    const work = poll({
      first: 1,
      again: () => Promise.reject(new Error("away")),
      isGood: () => false,
      pausesMillis: [1],
      sleep: async () => {},
    });
    await expect(work).rejects.toThrow("away");
  });
});
