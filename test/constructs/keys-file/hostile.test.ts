import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ScopedKeyError, ScopedKeys } from "../../../constructs";
import { readDeclarations } from "../../../constructs/keys-file/declarations";
import { newIssuer, newStack, refusal, render } from "../support";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const stack = newStack();

function read(content: string | Buffer, name = "keys.yaml") {
  const file = join(folder, name);
  writeFileSync(file, content);
  return readDeclarations(stack, file, undefined);
}

/** Code, place and problem of a refusal. */
function refused(content: string | Buffer) {
  const { code, location, problem } = refusal(() => read(content));
  return { code, at: [location?.line, location?.column], problem };
}

const DEFAULTS = `defaults: { issuer: openai, owner: a@example.com, lifetime: { after: 7 days } }
`;
const withTag = (value: string) => `${DEFAULTS}keys:
  a:
    purpose: x
    tags: { country: ${value} }
`;
const tagOf = (content: string) => read(content)[0]?.fields.tags?.["country"];

describe("refused, with its place, is", () => {
  const bomb = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`);
  const cases: Record<string, [content: string, code: string, at: [number, number] | [], problem: string]> = {
    "an alias bomb": [["l0: &l0 [x]", ...bomb].join("\n"), "SK182", [1, 5], "an anchor is not read"],
    "an alias": ["keys: *x", "SK182", [1, 7], "an alias is not read"],
    "a merge key": [`${DEFAULTS}keys:\n  <<: { a: 1 }`, "SK182", [3, 3], "read differently"],
    "a tag": [`keys: !!binary "aGk="`, "SK182", [1, 7], "a tag is not read"],
    "a tag of a class": ["keys: !!js/function x", "SK182", [1, 7], "a tag is not read"],
    "a directive": ["%YAML 1.1\n---\nkeys: {}", "SK182", [1, 1], "a directive is not read"],
    "a second document": ["keys: {}\n---\nkeys: {}", "SK182", [2, 1], "a second document"],
    "a name used twice": ["keys:\n  a: { purpose: x }\n  a: { purpose: x }", "SK182", [3, 3], "there already"],
    "a field used twice": ["keys: { a: { purpose: x, purpose: x } }", "SK182", [1, 26], "there already"],
    "the same name in quotes": [`keys:\n  a: {}\n  "a": {}`, "SK182", [3, 3], "there already"],
    "a tab as indentation": ["keys:\n\ta: {}", "SK182", [2, 1], "Tabs are not allowed"],
    "a control character": ["keys:\n  a: { purpose: \u0007 }", "SK182", [2, 17], "U+0007"],
    "a control character by its code": [`keys: { a: { purpose: "x\\0" } }`, "SK182", [1, 23], "U+0000"],
    "a line break in a text": ["keys:\n  a:\n    purpose: |\n      x", "SK182", [3, 14], "U+000A"],
    "a mark that turns the text around": ["keys: {} # \u202ekeys", "SK182", [1, 12], "U+202E"],
    "a lone half of a pair": [`keys: { a: { purpose: "\\ud800" } }`, "SK182", [1, 23], "U+D800"],
    "a byte order mark inside": ["keys:\n  \ufeffa: {}", "SK182", [2, 3], "U+FEFF"],
    "line ends of old Macs": ["keys:\r  a: {}", "SK182", [1, 6], "U+000D"],
    "no YAML": ["keys: [", "SK182", [1, 8], "not YAML"],
    "a name that is a number": ["keys:\n  12: {}", "SK182", [2, 3], "no text"],
    "a name that is nothing": ["keys:\n  ~: {}", "SK182", [2, 3], "no text"],
    "a name that is a list": ["keys:\n  ? [a]\n  : {}", "SK182", [2, 5], "no text"],
    "a name that every object has": ["keys:\n  constructor: {}", "SK182", [2, 3], "nothing can have"],
    "a prototype": [`keys:\n  "__proto__": {}`, "SK182", [2, 3], "nothing can have"],
    Norway: [withTag("no"), "SK182", [5, 22], "read differently"],
    "a date": [withTag("2026-03-01"), "SK182", [5, 22], "read differently"],
    "a time": [withTag("12:30"), "SK182", [5, 22], "read differently"],
    "a number with underscores": [withTag("1_000"), "SK182", [5, 22], "read differently"],
    "an octal number": [withTag("012"), "SK182", [5, 22], "read differently"],
    "a hexadecimal number": [withTag("0x1F"), "SK182", [5, 22], "read differently"],
    "a number with an exponent": [withTag("1e3"), "SK182", [5, 22], "read differently"],
    infinity: [withTag(".inf"), "SK182", [5, 22], "read differently"],
    "a number where a text belongs": [withTag("12"), "SK184", [5, 22], "`keys.a.tags.country` is malformed"],
    "a truth value where a text belongs": [withTag("true"), "SK184", [5, 22], "malformed"],
    "nothing where a text belongs": [withTag(""), "SK184", [5, 23], "malformed"],
    "a template of Terraform": [withTag(`"\${file(1)}"`), "SK184", [5, 22], "malformed"],
    "an unknown field": ["keys:\n  a:\n    purpos: x", "SK183", [3, 5], "unknown field"],
    "an unknown field at the top": ["keys: {}\ndefault: {}", "SK183", [2, 1], "unknown field"],
    "an unknown field of a scope": [
      "keys:\n  a: { purpose: x, scopes: [{ custm: x }] }",
      "SK183",
      [2, 31],
      "unknown field",
    ],
    "a field that keys have each of their own": [
      "defaults: { purpose: x }\nkeys: {}",
      "SK183",
      [1, 13],
      "unknown field",
    ],
    "no keys": [DEFAULTS, "SK185", [1, 1], "`keys` is missing"],
    "keys that are nothing": ["keys:", "SK184", [1, 6], "`keys` is malformed"],
    "a key that is nothing": ["keys:\n  a:", "SK184", [2, 5], "`keys.a` is malformed"],
    "a name that no key can have": ["keys:\n  a key: { purpose: x }", "SK184", [2, 3], "`keys.a key` is malformed"],
    "an empty file": ["", "SK184", [1, 1], "`the file` is malformed"],
    "a comment alone": ["# keys\n", "SK184", [1, 1], "`the file` is malformed"],
    "a list where a map belongs": ["keys: []", "SK184", [1, 7], "`keys` is malformed"],
    "an empty list of defaults": ["defaults: []\nkeys: {}", "SK184", [1, 11], "`defaults` is malformed"],
    "a list": ["- keys", "SK184", [1, 1], "`the file` is malformed"],
    "a length of time without a unit": [
      "keys:\n  a: { purpose: x, lifetime: { after: 7 } }",
      "SK184",
      [2, 39],
      "lifetime.after",
    ],
    "a length of time in other words": [
      "keys:\n  a: { purpose: x, lifetime: { after: a week } }",
      "SK184",
      [2, 39],
      "lifetime.after",
    ],
    "half a lifetime": ["keys:\n  a: { purpose: x, lifetime: { every: 7 days } }", "SK184", [2, 30], "lifetime"],
    "two lifetimes": [
      "keys:\n  a: { purpose: x, lifetime: { every: 7 days, overlap: 1 day, expiry: 10 days, after: 3 days } }",
      "SK184",
      [2, 30],
      "lifetime",
    ],
    "an empty list": ["keys:\n  a: { purpose: x, scopes: [] }", "SK184", [2, 28], "scopes"],
    "an amount in quotes": [
      `keys:\n  a: { purpose: x, limits: { requestsPerMinute: "60" } }`,
      "SK184",
      [2, 49],
      "requestsPerMinute",
    ],
    "fractions of a cent": [
      "keys:\n  a: { purpose: x, limits: { spend: { usd: 1.005, per: day } } }",
      "SK184",
      [2, 44],
      "usd",
    ],
    "an amount beyond all numbers": [
      `keys:\n  a: { purpose: x, limits: { requestsPerMinute: ${"9".repeat(400)} } }`,
      "SK184",
      [2, 49],
      "requestsPerMinute",
    ],
  };

  test.each(Object.entries(cases))("%s", (_, [content, code, at, problem]) => {
    expect(refused(content)).toEqual({ code, at, problem: expect.stringContaining(problem) });
  });

  test.each([
    ["purpos", "write `purpose`"],
    ["limit", "write `limits`"],
    ["Owner", "write `owner`"],
    ["kmsKeyARN", "write `kmsKeyArn`"],
    ["colour", "remove it, or correct its name or its place"],
    ["x".repeat(100_000), "remove it, or correct its name or its place"],
  ])("an unknown field, with the one that is near: %.20s", (field, remedy) => {
    const error = refusal(() => read(`keys: { a: { ? ${field} : x, purpose: x } }`));
    expect([error.code, error.remedy]).toEqual(["SK183", remedy]);
    expect(error.allowed).toContain("purpose, issuer, owner, scopes");
  });
});

describe("refused without hanging or breaking the process is", () => {
  const N = 200_000;
  const cases: Record<string, [string | Buffer, string]> = {
    "lists nested without end": ["[".repeat(N), "SK182"],
    "maps nested without end": ["{".repeat(N), "SK182"],
    "items nested without end": ["- ".repeat(N), "SK182"],
    "names nested without end": ["? ".repeat(N), "SK182"],
    "fields nested without end": ["a: ".repeat(N), "SK182"],
    "fields nested by indentation": [Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), "SK182"],
    "quotes without end": ['"'.repeat(N), "SK182"],
    "braces without beginning": ["}".repeat(N), "SK182"],
    "anchors without end": ["&a ".repeat(N), "SK182"],
    "documents without end": ["---\n".repeat(N), "SK182"],
    "line breaks without end": ["\n".repeat(N), "SK184"],
    "100,000 keys": [
      `${DEFAULTS}keys:\n${Array.from({ length: 100_000 }, (_, i) => `  k${i}: { purpose: x }\n`).join("")}`,
      "SK184",
    ],
    "a huge file": [Buffer.alloc(5 * 1024 * 1024, "# "), "SK181"],
    "a huge text": [`keys: { a: { purpose: ${"x".repeat(3_000_000)} } }`, "SK184"],
    "a program": [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0xff, 0xfe]), "SK181"],
    "UTF-16": [Buffer.from("\ufeffkeys: {}", "utf16le"), "SK181"],
  };

  test.each(Object.entries(cases))("%s", (_, [content, code]) => {
    const error = refusal(() => read(content));
    expect(error.code).toBe(code);
    expect(error.message.length).toBeLessThan(1_000);
  });

  test("a folder, and a file that is not there", () => {
    expect(refusal(() => readDeclarations(stack, folder, undefined)).code).toBe("SK181");
    const missing = refusal(() => readDeclarations(stack, join(folder, "none.yaml"), undefined));
    expect([missing.code, missing.location?.line]).toEqual(["SK181", undefined]);
    expect(missing.given).toContain("ENOENT");
  });
});

describe("taken is", () => {
  test("a byte order mark at the start, and line ends of Windows, without a shift of places", () => {
    expect(read(`\ufeff${withTag("no_rway").replaceAll("\n", "\r\n")}`)).toHaveLength(1);
    expect(refused(`\ufeff${withTag("no").replaceAll("\n", "\r\n")}`).at).toEqual([5, 22]);
    expect(refused("\ufeffkey: {}").at).toEqual([1, 1]);
  });

  test("in quotes, as the text that it is, what would be something else", () => {
    for (const text of ["no", "2026-03-01", "12:30", "1_000", "012", "1e3", "12", "true", ""]) {
      expect(tagOf(withTag(JSON.stringify(text)))).toBe(text);
      expect(tagOf(withTag(`'${text}'`))).toBe(text);
    }
  });

  test("a folded text without its last line break", () => {
    const [key] = read(`${DEFAULTS}keys:\n  a:\n    purpose: >-\n      Summaries on\n      the results page\n`);
    expect(key?.fields.purpose).toBe("Summaries on the results page");
  });

  test("names that objects have from their prototypes, as any other", () => {
    const names = read(`${DEFAULTS}keys: { toString: { purpose: x }, hasOwnProperty: { purpose: x } }`);
    expect(names.map(({ name }) => name)).toEqual(["toString", "hasOwnProperty"]);
  });

  test("an end mark of a document, and a start mark", () => {
    expect(read(`---\n${DEFAULTS}keys: { a: { purpose: x } }\n...\n`)).toHaveLength(1);
  });

  test("10,000 keys", () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `  k${i}: { purpose: x }\n`).join("");
    expect(read(`${DEFAULTS}keys:\n${keys}`)).toHaveLength(10_000);
  });
});

test("a marker of CDKTF in a file stands for nothing of the program", () => {
  // GIVEN
  const file = join(folder, "token.yaml");
  const declare = (purpose: string, models: string) => {
    writeFileSync(file, `${DEFAULTS}keys: { a: { purpose: "${purpose}", scopes: ["${models}"] } }`);
    const own = newStack();
    ScopedKeys.fromFile(own, "keys", { file, issuers: { openai: newIssuer(own) } });
    return render(own);
  };
  // THEN
  for (const [purpose, scope] of [
    [`\${TfToken[TOKEN.0]}`, "api.model.read"],
    ["x", `\${TfToken[TOKEN.0]}`],
  ] as const) {
    const error = refusal(() => declare(purpose, scope));
    expect(["SK141", "SK102"]).toContain(error.code);
    expect(error.location?.line).toBe(2);
  }
  // A template is text, as it is in TypeScript.
  expect(JSON.stringify(declare(`\${var.x}`, "api.model.read"))).toContain(`$\${var.x}`);
});

test("property: whatever is in a file, it is read or refused with a code and a place", () => {
  const pieces = fc.constantFrom(
    ...[
      "keys",
      "defaults",
      "a",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      ",",
      "&x ",
      "*x",
      "!t ",
      "|",
      ">",
      '"',
      "'",
      "#",
      "\t",
      "0",
      "~",
      "---\n",
      "purpose",
      "\r",
      "\0",
      "%",
      "?",
      "<<",
      "lifetime",
      "7 days",
    ],
  );
  let refusals = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        read(parts.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(ScopedKeyError);
        const { code, location } = error as ScopedKeyError;
        expect(code).toMatch(/^SK18[2-6]$/);
        expect(location?.line).toBeGreaterThan(0);
        expect(location?.column).toBeGreaterThan(0);
        refusals += 1;
      }
    }),
    { numRuns: 2_000, seed: 7 },
  );
  expect(refusals).toBeGreaterThan(1_000);
});
