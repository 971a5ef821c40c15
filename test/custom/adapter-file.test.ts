import { ADAPTER_MAX_BYTES, AdapterFileError, readAdapterFile, runAdapterFile } from "../../src/custom";
import { AdapterFiles, adapterSource } from "./support";

describe("an adapter file", () => {
  const files = new AdapterFiles();
  afterAll(() => files.remove());

  const load = (source: string | Uint8Array) => {
    const path = files.write(source);
    return runAdapterFile(path, readAdapterFile(path).toString("utf8"));
  };
  const problemOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof AdapterFileError) return `${error.problem}: ${error.message}`;
      throw error;
    }
    throw new Error("it was taken");
  };

  test("is run as CommonJS, with the modules of Node", () => {
    expect(load(`"use strict"; module.exports = { a: require("node:path").sep, b: require("os").EOL };`)).toEqual({
      a: "/",
      b: "\n",
    });
    expect(load("exports.a = typeof __filename + (this === exports);")).toEqual({ a: "stringtrue" });
  });

  test("that is not there, is a folder or is too large is not read", () => {
    expect(problemOf(() => readAdapterFile("/no/such/adapter.js"))).toBe("unreadable: it cannot be read (ENOENT)");
    expect(problemOf(() => readAdapterFile(__dirname))).toBe("unreadable: it is not a file");
    expect(readAdapterFile(files.write(Buffer.alloc(ADAPTER_MAX_BYTES, " ")))).toHaveLength(ADAPTER_MAX_BYTES);
    expect(problemOf(() => load(Buffer.alloc(ADAPTER_MAX_BYTES + 1, " ")))).toBe("unreadable: it has 1048577 bytes");
  });

  test.each([
    ["an ES module", "export const vendor = {};", /^not_loaded: it throws SyntaxError: Unexpected token 'export'/],
    ["an ES import", 'import x from "node:fs";', /^not_loaded: it throws SyntaxError: Cannot use import/],
    ["code that throws", 'throw new RangeError("too far");', /^not_loaded: it throws RangeError: too far$/],
    ["code that throws a text", 'throw "x";', /^not_loaded: it throws string$/],
    [
      "code that throws a key",
      'throw new Error("sk-0123456789abcdef");',
      /^not_loaded: it throws Error: \[redacted\]$/,
    ],
    ["a package", 'require("valibot");', /^not_loaded: it requires "valibot", which is not in the file$/],
    ["a file beside it", 'require("./more.js");', /^not_loaded: it requires "\.\/more\.js", which is not in the file$/],
  ])("with %s is not loaded", (_, source, words) => {
    expect(problemOf(() => load(source))).toMatch(words);
  });

  test("may look for a package that it can do without", () => {
    expect(load('try { require("fsevents"); } catch { exports.without = true; }')).toEqual({ without: true });
  });

  test.each([
    ["nothing", "", /^malformed: it exports no `vendor` .* \(vendor\)$/],
    ["null", "module.exports = null;", /^malformed: it exports no `vendor`/],
    ["a vendor that connects nothing", "exports.vendor = { descriptor: {} };", /\(vendor\.connect\)$/],
    ["a descriptor that is none", "exports.vendor = { descriptor: 1, connect() {} };", /^malformed: descriptor: /],
    ["an empty descriptor", "exports.vendor = { descriptor: {}, connect() {} };", /^malformed: descriptor\.id: /],
  ])("that exports %s is no vendor's", (_, source, words) => {
    expect(problemOf(() => files.load(source))).toMatch(words);
  });

  test("tells its descriptor as a copy, which nothing changes afterwards", () => {
    const { descriptor } = files.load(adapterSource());
    expect(descriptor).toMatchObject({ id: "acme", displayName: "Acme" });
    expect(descriptor.keyNamePattern.test("any")).toBe(true);
  });
});
