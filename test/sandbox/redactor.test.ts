import fc from "fast-check";
import { REDACTED, Redactor } from "../../src/sandbox/journal/redactor";

const VALUE = "sk-svcacct-0123456789";

describe("redactor", () => {
  test.each([
    ["at the start", `${VALUE} is it`, `${REDACTED} is it`],
    ["at the end", `it is ${VALUE}`, `it is ${REDACTED}`],
    ["alone", VALUE, REDACTED],
    ["twice in a row", VALUE + VALUE, REDACTED + REDACTED],
    ["not quite", VALUE.slice(0, -1), VALUE.slice(0, -1)],
    ["not at all", "short", "short"],
  ])("takes a value out of a text: %s", (_where, text, expected) => {
    expect(new Redactor([VALUE]).redactText(text)).toBe(expected);
  });

  test.each([
    ["in the middle of a value", `it is ${VALUE.slice(0, 12)}`, `it is ${REDACTED}`],
    ["elsewhere", `${VALUE.slice(0, 12)} is not it`, `${VALUE.slice(0, 12)} is not it`],
  ])("takes what is left of a value out of a text that was cut %s", (_where, text, expected) => {
    const mark = "… (5000 characters)";
    expect(new Redactor([VALUE]).redactText(text + mark)).toBe(expected + mark);
  });

  test("takes the longer of two values that start alike, and leaves words alone", () => {
    const redactor = new Redactor([VALUE, `${VALUE}-long`, "openai"]);
    expect(redactor.redactText(`${VALUE}-long ${VALUE} openai`)).toBe(`${REDACTED} ${REDACTED} openai`);
  });

  test("nothing of any value is left, whatever stands around it", () => {
    const value = fc.string({ unit: "binary", minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1 }),
        fc.string({ unit: "binary" }),
        fc.nat(),
        (values, around, which) => {
          const planted = values[which % values.length] ?? "";
          expect(new Redactor(values).redactText(`${around}${planted}`)).not.toContain(`${around}${planted}`);
          expect(new Redactor(values).redact({ list: [planted] })).not.toEqual({ list: [planted] });
        },
      ),
    );
  });
});
