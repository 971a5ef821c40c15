import { parseDurationMillis } from "../../src/sandbox/time-and-faults/duration";

describe("durations", () => {
  test.each([
    ["P10D", 864_000_000],
    ["P2W", 1_209_600_000],
    ["PT4H30M", 16_200_000],
    ["P1DT1S", 86_401_000],
    ["PT0S", 0],
  ])("%s is %d ms", (text, millis) => {
    expect(parseDurationMillis(text)).toBe(millis);
  });

  test.each(["", "P", "PT", "P1DT", "10D", "P1M", "P1Y", "PT1.5H", "-P1D", "P1D ", "PT1H1D", "P99999W"])(
    "%p is refused with a sentence",
    (text) => {
      expect(() => parseDurationMillis(text)).toThrow(/is not an ISO 8601 duration|is longer than ten years/);
    },
  );
});
