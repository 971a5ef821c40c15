import fc from "fast-check";
import { compile, covers, intersects, matches, unknownSegment, unknownText } from "../../src/iam";

const RUNS = 2_000;
/** Few characters, so that chance finds texts that match. */
const pattern = fc.array(fc.constantFrom("a", "b", ":", "*", "?"), { maxLength: 7 }).map((parts) => parts.join(""));
const text = fc.array(fc.constantFrom("a", "b", ":"), { maxLength: 8 }).map((parts) => parts.join(""));

/** By the regular expression that says the same. */
function naive(written: string, subject: string): boolean {
  const source = written.replace(/[*?:]/g, (character) => ({ "*": "[^]*", "?": "[^]", ":": ":" })[character] ?? "");
  return new RegExp(`^${source}$`).test(subject);
}

describe("patterns", () => {
  test("match what a regular expression matches that says the same", () => {
    fc.assert(
      fc.property(pattern, text, (written, subject) => {
        expect(matches(compile(written), subject)).toBe(naive(written, subject) ? "yes" : "no");
      }),
      { numRuns: RUNS },
    );
  });

  test("that both match a text are never called apart", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (a, b, subject) => {
        if (naive(a, subject) && naive(b, subject)) expect(intersects(compile(a), compile(b))).toBe("yes");
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("that meet have a text in common, which is found among all short ones", () => {
    const all = [""];
    for (let i = 0; i < all.length && (all[i] ?? "").length < 6; i++) all.push(...["a", "b"].map((c) => all[i] + c));
    const short = fc.array(fc.constantFrom("a", "b", "*", "?"), { maxLength: 3 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(short, short, (a, b) => {
        const met = all.some((subject) => naive(a, subject) && naive(b, subject));
        expect(intersects(compile(a), compile(b))).toBe(met ? "yes" : "no");
      }),
      { numRuns: 1_000 },
    );
  });

  test("that cover another match every text that the other matches", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (wide, narrow, subject) => {
        if (covers(compile(wide), compile(narrow)) && naive(narrow, subject)) expect(naive(wide, subject)).toBe(true);
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("with an unknown part never say yes, and say no only if no text in its place fits", () => {
    fc.assert(
      fc.property(pattern, pattern, text, text, (head, tail, filled, subject) => {
        const unknown = compile(`${head}${unknownText("x")}${tail}`);
        const answer = matches(unknown, subject);
        expect(answer).not.toBe("yes");
        if (naive(`${head}${filled}${tail}`, subject)) expect(answer).toBe("unknown");
        expect(covers(unknown, compile(subject, { literal: true }))).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  test.each([
    ["a region that is not known stays in its segment", `a:${unknownSegment("region")}:b`, "a:c:d:b", "no"],
    ["and may be any in it", `a:${unknownSegment("region")}:b`, "a:us-east-1:b", "unknown"],
    ["a private character in a text from outside is unknown", "a\uf8f0b", "axb", "unknown"],
    ["one that opens a part and does not end it is unknown to the end", "a\uf8f4b", "a*", "unknown"],
  ] as const)("%s", (_, written, subject, answer) => {
    expect(matches(compile(written), subject)).toBe(answer);
  });

  test.each([
    ["arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a:b/c", "yes"],
    ["arn:aws:*", "arn:aws:s3:::bucket", "yes"],
    ["arn:aws:secrets*:*:*:secret:a-??????", "arn:aws:secretsmanager:us-east-1:1:secret:a-AbCdEf", "yes"],
    ["arn:aws:s*x:::b", "arn:aws:s3:x:::b", "no"],
  ])("of resources keep a wildcard inside of a segment of an ARN: %s and %s", (written, arn, answer) => {
    expect(matches(compile(written, { arn: true }), arn)).toBe(answer);
  });

  test("of a thousand wildcards are answered at once", () => {
    const many = compile("*a".repeat(1_000));
    expect(intersects(many, compile("b".repeat(1_000)))).toBe("no");
    expect(covers(many, compile("a".repeat(2_000)))).toBe(true);
  });
});
