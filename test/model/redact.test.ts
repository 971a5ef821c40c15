import fc from "fast-check";
import { cleaned, REDACTED, redact, shorten, withoutValues } from "../../src/model/redact";

const value = fc.stringMatching(/^[A-Za-z0-9_-]{12,60}$/);

describe("the redactor", () => {
  test.each([
    ["sk-svcacct-abcDEF123456", REDACTED],
    ["key=sk-proj-abcDEF123456, next", `key=${REDACTED}, next`],
    ['{"apiKey":"sk-admin-abc_DEF-123456"}', `{"apiKey":"${REDACTED}"}`],
    ["KEY_sk-svcacct-abcDEF123456", `KEY_${REDACTED}`],
    ["authorization%3DBearer%20sk-svcacct-abcDEF123456", `authorization%3DBearer%20${REDACTED}`],
    ["Authorization: Bearer abcdef.ghijkl+mno/pq=", `Authorization: Bearer ${REDACTED}`],
    ["authorization: bearer   abcdefghijkl", `authorization: Bearer ${REDACTED}`],
  ])("takes the key out of %s", (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  test.each(["helpdesk-summariser", "the task-force of desk-research", "sk-abc", "Bearer of news"])(
    "leaves ordinary words alone: %s",
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );

  test("leaves no trace of a value that it is told of, whatever stands around it and in whichever form", () => {
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")]) {
          expect(redact(`${before}${form}${after}`, [secret])).not.toContain(form);
        }
      }),
    );
  });

  test("leaves no trace of a key, whatever stands before it but a letter", () => {
    const stop = fc.stringMatching(/^[^A-Za-z]$/);
    fc.assert(
      fc.property(fc.string(), stop, value, (before, sign, secret) => {
        expect(redact(`${before}${sign}sk-${secret}`)).not.toContain(secret);
      }),
    );
  });

  test("has nothing more to do on its own work", () => {
    fc.assert(
      fc.property(fc.string(), value, fc.string(), (before, secret, after) => {
        const once = redact(`${before}sk-${secret}${after}`, [secret]);
        expect(redact(once, [secret])).toBe(once);
      }),
    );
  });

  test("does not tear texts apart for values that are too short to be secret", () => {
    expect(redact("a tag is a tag", ["tag", ""])).toBe("a tag is a tag");
  });
});

describe("a shortened text", () => {
  test("is one line within its limit, and says where it was cut", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, limit) => {
        const short = shorten(text, limit);
        expect(short.length).toBeLessThanOrEqual(limit);
        const oneLine = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
        expect(short).not.toMatch(/[\s\p{Cc}]{2}|[^\P{Cc} ]/u);
        if (oneLine.length <= limit) expect(short).toBe(oneLine);
        else expect(short).toMatch(/…$/);
      }),
    );
  });

  test("is never cut through a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "é", "🔑"), maxLength: 60 }),
        fc.integer({ min: 1, max: 60 }),
        (text, limit) => {
          expect(() => encodeURIComponent(shorten(text, limit))).not.toThrow();
        },
      ),
    );
    expect(shorten("ab🔑cd", 4)).toBe("ab…");
  });

  test("shows what a terminal would obey, and what nobody sees", () => {
    expect(shorten("no\u001b[31m such\u0000\u0007key \u202egnp.exe\u2069", 100)).toBe(
      "no\\u{1b}[31m such\\u{0}\\u{7}key \\u{202e}gnp.exe\\u{2069}",
    );
  });
});

describe("an answer as data", () => {
  test("loses the run's values in each of its texts, and keeps everything else", () => {
    const value = 'acme"key/0123456789';
    const data = { [value]: 1, list: [`a ${value} b`, encodeURIComponent(value)], n: null, name: "sk-summariser" };
    expect(cleaned(data, (text) => withoutValues(text, [value]))).toEqual({
      [value]: 1,
      list: ["a [redacted] b", "[redacted]"],
      n: null,
      name: "sk-summariser",
    });
  });
});
