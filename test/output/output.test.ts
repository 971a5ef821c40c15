import { parseSync } from "@swc/core";
import fc from "fast-check";
import { marked, type Token } from "marked";
import { SaxesParser } from "saxes";
import { parse as parseYaml } from "yaml";
import { shown } from "../../src/model/characters";
import { json } from "../../src/output/json";
import { code, codeBlock, joinedMarkdown, markdown, words } from "../../src/output/markdown";
import { sarifText } from "../../src/output/sarif";
import { aligned, coloured, line, lines, styled, terminal } from "../../src/output/terminal";
import { comment, quoted, typescript } from "../../src/output/typescript";
import { widthOf } from "../../src/output/width";
import { xml } from "../../src/output/xml";
import * as yamlOutput from "../../src/output/yaml";
import { hostile } from "./hostile";

const RUNS = { numRuns: 2_000 };
const SEEN = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*$/u;

describe("any text, shown", () => {
  test("is one line of characters that are seen", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(shown(text)).toMatch(SEEN);
      }),
      RUNS,
    );
  });

  test("tells what it was: two that differ look different", () => {
    const read = (text: string) =>
      text.replace(/\\u\{([0-9a-f]+)\}/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(read(shown(text))).toBe(text);
      }),
      RUNS,
    );
  });

  test.each([
    ["ai-keys/openai/summariser", "ai-keys/openai/summariser"],
    ["a\u202eb", "a\\u{202e}b"],
    ["a\u{e0041}b", "a\\u{e0041}b"],
    ["a\u00a0b", "a\\u{a0}b"],
    ["a\\u{202e}b", "a\\u{5c}u{202e}b"],
    ["ключ 鍵 🔑 e\u0301", "ключ 鍵 🔑 e\u0301"],
  ])("%j is %s", (text, expected) => {
    expect(shown(text)).toBe(expected);
  });
});

describe("a terminal", () => {
  test("shows no control but the line breaks that were meant", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(line(text)).toMatch(SEEN);
        expect(terminal`${text}: ${text}`).toMatch(SEEN);
        for (const each of lines(text).split("\n")) expect(each).toMatch(SEEN);
        for (const each of aligned([["a"], [text]])) expect(each).toMatch(SEEN);
      }),
      RUNS,
    );
  });

  test("shows of another program's escape sequences its colours alone, and ends them", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
        expect(coloured(text).replace(/\x1b\[[0-9;]*m/g, "")).toMatch(SEEN);
        if (coloured(text).includes("\x1b")) expect(coloured(text).endsWith("\x1b[0m")).toBe(true);
      }),
      RUNS,
    );
    expect(styled(line("a\x1b[2J"), "bold")).toBe("\x1b[1ma\\u{1b}[2J\x1b[22m");
  });

  test("aligns columns by what characters take, not by how many they are", () => {
    const table = aligned([
      ["NAME", "AGE"],
      ["鍵", "1"],
      ["e\u0301", "2"],
      ["🔑\u202e", "3"],
    ]);
    expect(new Set(table.map((row) => widthOf(row))).size).toBeLessThanOrEqual(2);
    expect(table.map((row) => widthOf(row.slice(0, row.search(/[A123]\w*$/))))).toEqual([12, 12, 12, 12]);
  });
});

describe("the width of a text", () => {
  test.each([
    ["Latin", "key", 3],
    ["Chinese", "钥匙", 4],
    ["Japanese", "要約サービス", 12],
    ["Japanese in half width", "ｻｰﾋﾞｽ", 5],
    ["Korean", "한국", 4],
    ["Korean, taken apart", "한국".normalize("NFD"), 4],
    ["Yi", "ꆈꌠ", 4],
    ["an enclosed ideograph", "㈱", 2],
    ["a full-width letter", "Ａ", 2],
    ["a letter with an accent of its own", "e\u0301", 1],
    ["Hindi", "का", 1],
    ["Arabic with vowel signs", "مُ", 1],
    ["an emoji", "🔑", 2],
    ["a newer emoji", "🫠", 2],
    ["an emoji with a skin tone", "👍🏽", 2],
    ["a flag", "🇩🇪", 2],
    ["a sign that is text unless it is told otherwise", "©", 1],
    ["nothing", "", 0],
  ])("%s", (_, text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});

describe("Markdown", () => {
  const kindsIn = (text: string): string[] => {
    const kinds: string[] = [];
    const walk = (token: Token) => {
      kinds.push(token.type);
    };
    marked.walkTokens(marked.lexer(text, { gfm: true }), walk);
    return kinds;
  };
  const ALLOWED: ReadonlySet<string> = new Set(["paragraph", "text", "codespan", "space", "escape"]);

  test("has no link, image, HTML or other markup of a text, wherever it stands", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(kindsIn(markdown`note: ${words(text)} and ${code(text)}.`).filter((kind) => !ALLOWED.has(kind))).toEqual(
          [],
        );
        expect(kindsIn(words(text)).filter((kind) => !ALLOWED.has(kind))).toEqual([]);
      }),
      RUNS,
    );
  });

  test("has one row of a table for each that was meant, with as many cells", () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const row = (first: string, second: string) => markdown`| ${words(first)} | ${words(second)} |`;
        const table = joinedMarkdown(
          [markdown`| a | b |`, markdown`|---|---|`, row(one, other), row(other, one)],
          "\n",
        );
        const tokens = marked.lexer(table);
        expect(tokens.map(({ type }) => type)).toEqual(["table"]);
        expect(Object(tokens[0]).rows).toHaveLength(2);
        expect(kindsIn(table).filter((kind) => !ALLOWED.has(kind) && kind !== "table")).toEqual([]);
      }),
      RUNS,
    );
  });

  test("has what another program said in one block of code", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(marked.lexer(codeBlock(text)).map(({ type }) => type)).toEqual(["code"]);
      }),
      RUNS,
    );
  });

  test.each(["@everyone", "see #1", "GH-12", "deadbeef01", "www.evil.example", "a@b.example", ":smile:"])(
    "has %s in code, where GitHub links and mentions nothing",
    (text) => {
      expect(words(text)).toBe(`\`${text}\``);
    },
  );
});

describe("a literal", () => {
  const literalIn = (source: string): unknown => {
    const { body } = parseSync(source, { syntax: "typescript" });
    expect(body).toHaveLength(1);
    const [statement] = body;
    if (statement?.type !== "VariableDeclaration") throw new Error(`a ${statement?.type}`);
    const init = statement.declarations[0]?.init;
    return init?.type === "StringLiteral" ? init : undefined;
  };

  test("of TypeScript is the text as it was, and nothing stands beside it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const source = typescript([comment(text), `const a = ${quoted(text)};`, comment(text), ""]);
        expect(source.replaceAll("\n", "")).toMatch(SEEN);
        expect(literalIn(source)).toBeDefined();
        expect(new Function(`${source}; return a;`)()).toBe(text);
      }),
      RUNS,
    );
  });

  test("of YAML is the text as it was, and nothing stands beside it", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const source = yamlOutput.yaml([
          yamlOutput.comment(text),
          `a: ${quoted(text)}`,
          `${quoted(`k${text}`)}: [1]`,
          "",
        ]);
        expect(source.replaceAll("\n", "")).toMatch(SEEN);
        expect(parseYaml(source)).toEqual({ a: text, [`k${text}`]: [1] });
      }),
      RUNS,
    );
  });
});

describe("data and documents", () => {
  test("JSON is read as it was, and shows every character", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = json({ [`k${text}`]: [text] });
        expect(written.replaceAll("\n", "")).toMatch(SEEN);
        expect(JSON.parse(written)).toEqual({ [`k${text}`]: [text] });
      }),
      RUNS,
    );
  });

  test("XML is read as what is shown, in one element", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const found: string[] = [];
        const parser = new SaxesParser();
        parser.on("error", (error) => {
          throw error;
        });
        parser.on("opentag", ({ name, attributes }) => found.push(name, String(attributes["b"])));
        parser.on("text", (inside) => found.push(inside));
        parser.write(xml`<a b="${text}">.${text}</a>`).close();
        expect(found).toEqual(["a", shown(text), `.${shown(text)}`]);
      }),
      RUNS,
    );
  });

  test("SARIF has no link in a message", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(sarifText(text)).not.toMatch(/(?<!\\)\]\(/);
      }),
      RUNS,
    );
  });
});
