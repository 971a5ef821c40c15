import * as v from "valibot";
import { escapeXml, members, parseXml } from "../../src/http/xml";

describe("the reader of XML", () => {
  test("makes objects of elements, texts of leaves and lists of what comes again", () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
      <R xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><A> x &lt;&amp;&#65;&#x42;&quot; </A><B/><B>1</B><B k='v'>2</B><C><D></D></C></R>
    `;
    expect(parseXml(text)).toEqual({ R: { A: ' x <&AB" ', B: ["", "1", "2"], C: { D: "" } } });
  });

  test.each([
    "",
    "text",
    "<a>",
    "</a>",
    "<a></b>",
    "<a><b></a></b>",
    "<a/",
    "<a/><",
    "<a><!-- x --></a>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "<a><![CDATA[x]]></a>",
    '{"a":1}',
    "<1/>",
  ])("takes %j for none", (text) => {
    expect(parseXml(text)).toBeUndefined();
  });

  test("knows no names of JavaScript's own", () => {
    const read = parseXml("<a><__proto__>x</__proto__><constructor>y</constructor></a>");
    expect(JSON.stringify(read)).toBe('{"a":{"__proto__":"x","constructor":"y"}}');
  });

  test("reads back what is escaped", () => {
    const text = `<a href="x">it's & that</a>`;
    expect(parseXml(`<b>${escapeXml(text)}</b>`)).toEqual({ b: text });
  });

  test("is done in time with a text that is large or open without end", () => {
    expect(parseXml("<a>".repeat(50_000))).toBeUndefined();
    expect(parseXml(`<a ${"b ".repeat(50_000)}`)).toBeUndefined();
  });

  test.each([
    ["<l/>", []],
    ["<l>\n </l>", []],
    ["<l><member>a</member></l>", ["a"]],
    ["<l><member>a</member><member>b</member></l>", ["a", "b"]],
  ])("reads %j as a list", (text, list) => {
    const schema = v.object({ l: members(v.string()) });
    expect(v.parse(schema, parseXml(text)).l.member).toEqual(list);
  });

  test("a list of something else is refused", () => {
    const schema = members(v.object({ id: v.string() }));
    for (const value of ["x", { other: "x" }, { member: "x" }, undefined]) expect(v.is(schema, value)).toBe(false);
  });
});

describe("XML that is meant to harm", () => {
  test("is none where it nests deeper than any answer", () => {
    const nested = (depth: number) => `${"<a>".repeat(depth)}x${"</a>".repeat(depth)}`;
    expect(parseXml(nested(90))).toBeDefined();
    expect(parseXml(nested(200))).toBeUndefined();
    expect(parseXml(nested(100_000))).toBeUndefined();
  });

  test("is read in one go, however long its lists", () => {
    const parsed = parseXml(`<list>${"<member>a</member>".repeat(200_000)}</list>`);
    expect(Object(parsed).list.member).toHaveLength(200_000);
  });
});
