import { groupIdOf } from "../../src/vendors/cloudflare/groups";
import { shownLimits } from "../../src/vendors/portkey/limits";

/** Names that every object has without holding them. */
describe.each(["__proto__", "constructor", "toString"])("%s, in the place of a name that a vendor has", (name) => {
  test("is no limit of Portkey's that a policy has", () => {
    const limits = [
      { type: name, unit: "rpm", value: 60 },
      { type: "requests", unit: name, value: 60 },
    ];
    for (const limit of limits) {
      const { limits: shown, others = [] } = shownLimits({ rate_limits: [limit] } as unknown as Parameters<
        typeof shownLimits
      >[0]);
      expect(shown).toBeNull();
      expect(others).toHaveLength(1);
    }
  });

  test("is no permission group of Cloudflare's", () => expect(groupIdOf(name)).toBeUndefined());
});
