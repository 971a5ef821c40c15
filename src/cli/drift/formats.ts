import { json } from "../../output/json";
import { code, codeBlock, joinedMarkdown, type Markdown, markdown, words } from "../../output/markdown";
import type { Printable } from "../../output/printable";
import { joined, line, lines, type TerminalText, terminal } from "../../output/terminal";
import { joinedXml, type Xml, xml } from "../../output/xml";
import { type Found, type Report, SECTIONS, type StackReport, sinceWords, summaryOf } from "./report";

export type Format = "text" | "markdown" | "json" | "junit";

/** Without a line break at its end. */
export function formatted(report: Report, format: Format): Printable {
  switch (format) {
    case "text":
      return textOf(report);
    case "markdown":
      return markdownOf(report);
    case "json":
      return json(report);
    case "junit":
      return junitOf(report);
  }
}

/** By the ending of a report's file; undefined for others. */
export function formatOf(file: string): Format | undefined {
  if (file.endsWith(".md")) return "markdown";
  if (file.endsWith(".json")) return "json";
  return file.endsWith(".xml") ? "junit" : undefined;
}

function textOf(report: Report): TerminalText {
  const all: TerminalText[] = [];
  for (const stack of report.stacks) {
    all.push(terminal`${stack.stack}: ${stack.outcome}`);
    if (stack.error !== undefined) all.push(joined([line("  "), lines(stack.error)], ""));
    for (const [verdict, title] of SECTIONS) {
      const found = stack.found.filter((one) => one.verdict === verdict);
      if (found.length > 0) all.push(terminal`  ${title}:`);
      for (const { subject, differences } of found) {
        for (const difference of differences) all.push(terminal`    ${subject}: ${withSince(verdict, difference)}`);
      }
    }
  }
  return joined([...all, line(""), terminal`${summaryOf(report)}.`], "\n");
}

/** What is to be applied has no beginning that anybody asks for. */
function withSince(verdict: Found["verdict"], difference: Found["differences"][number]): string {
  if (verdict === "pending" || difference.sinceIs === "exact") return difference.text;
  return `${difference.text} (${sinceWords(difference)})`;
}

function markdownOf(report: Report): Markdown {
  const parts = [markdown`# Drift of keys: ${words(summaryOf(report))}`, markdown`Seen ${code(report.at)}.`];
  for (const stack of report.stacks) {
    parts.push(markdown`## ${words(stack.stack)}: ${words(stack.outcome)}`);
    if (stack.error !== undefined) parts.push(codeBlock(stack.error));
    for (const [verdict, title] of SECTIONS) {
      const found = stack.found.filter((one) => one.verdict === verdict);
      if (found.length === 0) continue;
      const rows = found.flatMap(({ subject, differences }) =>
        differences.map((difference) => {
          const since = verdict === "pending" ? "" : sinceWords(difference);
          return markdown`| ${words(subject)} | ${words(difference.text)} | ${since === "" ? markdown`` : words(since)} |`;
        }),
      );
      parts.push(markdown`### ${words(title)}`);
      parts.push(joinedMarkdown([markdown`| what | difference | since |`, markdown`|---|---|---|`, ...rows], "\n"));
    }
  }
  return joinedMarkdown(parts, "\n\n");
}

/**
 * As Ant's schema has it, which is the strictest that is in use: what Jenkins and others demand is
 * less, and they take what it demands.
 */
function junitOf({ stacks, at }: Report): Xml {
  const timestamp = at.slice(0, "2026-01-01T00:00:00".length);
  const suites = stacks.flatMap((stack, id) => {
    const cases = casesOf(stack);
    const number = (kind: Case["kind"]) => cases.filter((one) => one.kind === kind).length;
    const said = cases.filter(({ kind, text }) => kind === "passed" && text !== "");
    const told = said.map(({ name, text }) => xml`${name}: ${text}`);
    return [
      xml`  <testsuite name="${stack.stack}" package="drift" id="${id}" timestamp="${timestamp}" hostname="scoped-keys" tests="${cases.length}" failures="${number("failure")}" errors="${number("error")}" time="0">`,
      xml`    <properties />`,
      ...cases.map((one) => testcase(stack.stack, one)),
      joinedXml([xml`    <system-out>`, joinedXml(told, "\n"), xml`</system-out>`], ""),
      xml`    <system-err></system-err>`,
      xml`  </testsuite>`,
    ];
  });
  const head = [xml`<?xml version="1.0" encoding="UTF-8"?>`, xml`<testsuites>`];
  return joinedXml([...head, ...suites, xml`</testsuites>`], "\n");
}

interface Case {
  readonly name: string;
  readonly kind: "passed" | "failure" | "error";
  readonly text: string;
}

function casesOf({ error, found }: StackReport): Case[] {
  if (error !== undefined) return [{ name: "plan", kind: "error", text: error }];
  return found.map(({ subject, verdict, differences }) => ({
    name: subject,
    kind: verdict === "drift" ? "failure" : verdict === "unknown" ? "error" : "passed",
    text: differences.map((difference) => withSince(verdict, difference)).join("; "),
  }));
}

function testcase(stack: string, { name, kind, text }: Case): Xml {
  if (kind === "passed") return xml`    <testcase classname="${stack}" name="${name}" time="0" />`;
  const start = xml`    <testcase classname="${stack}" name="${name}" time="0">`;
  const inside =
    kind === "failure"
      ? xml`<failure type="drift" message="${text}">${text}</failure>`
      : xml`<error type="unknown" message="${text}">${text}</error>`;
  return joinedXml([start, inside, xml`</testcase>`], "");
}
