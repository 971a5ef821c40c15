import { fitsHint } from "../../../src/vendors/anthropic/hint";

const VALUE = "sk-ant-api03-R2D2aaaaaaaaaaaaaaaaaaaaaaaaigAA";

describe("a hint", () => {
  test.each([
    "sk-ant-api03-R2D...igAA",
    "sk-ant-api03-R2D…igAA",
    "sk-ant-api03-R2D****igAA",
    "sk-ant-...igAA",
    "sk-ant-api03-R2D2a...aaigAA",
  ])("%s fits the value whose ends it shows", (hint) => expect(fitsHint(hint, VALUE)).toBe(true));

  test.each([
    "sk-ant-api03-R2E...igAA",
    "sk-ant-api03-R2D...igAB",
    "sk-ant-api03-R2D...",
    "...igAA",
    "sk...AA",
    "",
    VALUE,
    "sk-ant-api03...R2D...igAA",
    "SK-ANT-API03-R2D...igAA",
    // The two ends would overlap.
    `${VALUE.slice(0, 30)}...${VALUE.slice(20)}`,
  ])("%s does not", (hint) => expect(fitsHint(hint, VALUE)).toBe(false));
});
