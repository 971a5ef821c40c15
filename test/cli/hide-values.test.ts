import { hideValues } from "../../src/cli/hide-values";
import { notAKey, notAnIssuer } from "../../src/cli/operator-commands/errors";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { valuesOf } from "../support/vendor-values";
import { scopedKeys } from "./support/scoped-keys";

const [VALUE = ""] = valuesOf("openai", 1);

describe("a value in the place of an argument", () => {
  test.each(vendorDescriptors.map(({ id }) => id))("is not shown by a message that quotes it: %s", (id) => {
    for (const value of valuesOf(id, 20)) {
      for (const argument of [value, `${value}!`, value.slice(0, 24), `--issuer=${value}`]) {
        const given = argument.replace(/^--issuer=/, "");
        for (const { message } of [notAKey(given), notAnIssuer(given)]) {
          expect(hideValues(message, ["revoke", argument])).not.toContain(given.slice(0, 16));
        }
      }
    }
  });

  test("leaves the message what it is where the argument is a name", () => {
    const { message } = notAKey("ai keys/summariser");
    expect(hideValues(message, ["revoke", "ai keys/summariser"])).toBe(message);
  });

  test.each([
    ["adopt", VALUE],
    ["revoke", VALUE, "--now"],
    ["revoke", "--issuer", VALUE, "--now"],
    ["revoke", "ai-keys/openai/a", "--wait", VALUE],
    ["retain", VALUE],
    ["explain", VALUE],
    ["import", "--vendor", VALUE],
    ["rotate", VALUE],
    [VALUE],
    [`--${VALUE}`],
  ])("is not shown by the program: %s", async (...args) => {
    const { code, stdout, stderr } = await scopedKeys(args).ended;
    expect(code).not.toBe(0);
    expect(stderr).not.toBe("");
    expect(stdout + stderr).not.toContain(VALUE.slice(0, 16));
  });
});
