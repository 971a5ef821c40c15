import { holdsHexValue, holdsValue, isPresentable, withoutValues } from "../../src/model/key-value";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { VALUES_BY_VENDOR, valuesOf } from "../support/vendor-values";

const prefixes = vendorDescriptors.flatMap(({ valuePrefixes }) => valuePrefixes);

/** Names, ids and sentences that people truly write. */
const NAMES = [
  "replaces the sk- keys of last year",
  "sk-team",
  "sk-admin-prod",
  "sk-search-team-production-eu-west-1-2024",
  "proj_abc123DEF456ghi789JKL012",
  "xai-team-prod-eu-west-1",
  "hf_summariser_team_2024",
  "bedrock-api-key-prod-eu-search-team",
  "task-force-4711-operations-division",
  "ai-keys/openai/summariser",
  "prod-SearchServiceExecutionRole9F3C2A1B-1QW2E3R4T5Y6U",
  "ft:gpt-4o-mini-2024-07-18:org:name:AbCdEf12",
  "accounts/fireworks/models/llama-v3p1-405b-instruct",
  "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234567890abcdef1234567890abcdef",
  "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai/admin/openai-AbCdEf",
  "built from 3f789d4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e",
  "e4eaaaf2-d142-11e1-b3e4-080027620cdd",
  "0123456789abcdef0123456789abcdef",
  "Summaries on the results page, see https://wiki.example.com/Search/Summaries?page=4711",
  "SearchTeamProductionEuropeWestSummariser",
];

describe("a value of a key", () => {
  test.each(vendorDescriptors.map(({ id }) => id))("of %s is told from a name, wherever it stands in a text", (id) => {
    const missed = valuesOf(id, 500).filter((value) =>
      [value, `ai/${value}`, `key "${value}"`, `${value}/summariser`, `apiKey=${value}`, ` ${value}\n`].some(
        (text) => !holdsValue(text, prefixes),
      ),
    );
    // LiteLLM's have 22 characters: one in a thousand looks like words with hyphens.
    expect(missed.length).toBeLessThanOrEqual(id === "litellm" ? 2 : 0);
  });

  test.each(NAMES)("is not seen in %s", (name) => {
    expect(holdsValue(name, prefixes)).toBe(false);
    expect(withoutValues(name, prefixes)).toBe(name);
  });

  test("is seen in the JSON and PEM that some admin keys are", () => {
    expect(holdsValue('{"clientId":"7c1f","clientSecret":"abc8Q~short"}', prefixes)).toBe(true);
    expect(holdsValue("{'client_secret': 'abc8Q~short'}", prefixes)).toBe(true);
    expect(holdsValue("-----BEGIN PRIVATE KEY-----\nMIIE", prefixes)).toBe(true);
  });

  test.each(vendorDescriptors.map(({ id }) => id))("of %s is seen though it was copied with what nobody sees", (id) => {
    const [value = ""] = valuesOf(id, 1);
    for (const hidden of ["\u200b", "\u00ad", "\n", "\r\n", "\u2060"]) {
      for (const at of [2, 14, value.length - 3]) {
        const text = `${value.slice(0, at)}${hidden}${value.slice(at)}`;
        expect([hidden, at, holdsValue(text, prefixes)]).toEqual([hidden, at, true]);
        if (!hidden.includes("\n")) expect(withoutValues(`a ${text} b`, prefixes)).not.toContain(value.slice(-12));
      }
    }
    const wide = value.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0));
    expect(holdsValue(wide, prefixes)).toBe(true);
  });

  test("is seen with a word before or behind it, where it is longer than any piece of a name", () => {
    const [azure = ""] = valuesOf("azure-openai", 1);
    for (const text of [`prod-${azure}`, `KEY_${azure}`, `${azure}-eu`]) {
      expect(holdsValue(text, prefixes)).toBe(true);
      expect(withoutValues(text, prefixes)).not.toContain(azure);
    }
  });

  test("of 32 hexadecimal digits is told apart only where no id belongs", () => {
    expect(holdsHexValue("ai/0123456789abcdef0123456789abcdef")).toBe(true);
    expect(holdsHexValue("key/mrk-1234567890abcdef1234567890abcdef")).toBe(false);
  });
});

test("the table of values has each vendor", () => {
  expect(Object.keys(VALUES_BY_VENDOR).sort()).toEqual(vendorDescriptors.map(({ id }) => id).sort());
});

describe("a text for an error", () => {
  test("loses each value, and nothing else", () => {
    for (const { id } of vendorDescriptors) {
      for (const value of valuesOf(id, 20)) {
        const text = withoutValues(`the name "${value}" of search-team`, prefixes);
        expect(text).not.toContain(value);
        expect(text).toContain("of search-team");
      }
    }
  });

  test("is not quoted where it is a part of a value, or a value with a character too many", () => {
    for (const { id } of vendorDescriptors) {
      for (const value of valuesOf(id, 20)) {
        expect([value, value.slice(0, 24), `${value}\u0000`].filter((text) => isPresentable(text, prefixes))).toEqual(
          [],
        );
      }
    }
  });

  test.each(["sk-team", "api.model.requst", "ai keys/openai", "eu-west"])(
    "is quoted where it is a name: %s",
    (name) => {
      expect(isPresentable(name, prefixes)).toBe(true);
    },
  );
});
