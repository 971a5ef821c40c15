import { type Found, type Report, SECTIONS, type StackReport, sinceWords, summaryOf } from "./report";

export type Format = "text" | "markdown" | "json" | "junit";

export function formatted(report: Report, format: Format): string {
  switch (format) {
    case "text":
      return textOf(report);
    case "markdown":
      return markdownOf(report);
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
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

function textOf(report: Report): string {
  const lines: string[] = [];
  for (const stack of report.stacks) {
    lines.push(`${stack.stack}: ${stack.outcome}`);
    if (stack.error !== undefined) lines.push(`  ${stack.error}`);
    for (const [verdict, title] of SECTIONS) {
      const found = stack.found.filter((one) => one.verdict === verdict);
      if (found.length > 0) lines.push(`  ${title}:`);
      for (const { subject, differences } of found) {
        for (const difference of differences) lines.push(`    ${subject}: ${withSince(verdict, difference)}`);
      }
    }
  }
  return `${[...lines, "", `${summaryOf(report)}.`].join("\n")}\n`;
}

/** What is to be applied has no beginning that anybody asks for. */
function withSince(verdict: Found["verdict"], difference: Found["differences"][number]): string {
  if (verdict === "pending" || difference.sinceIs === "exact") return difference.text;
  return `${difference.text} (${sinceWords(difference)})`;
}

function markdownOf(report: Report): string {
  const lines = [`# Drift of keys: ${summaryOf(report)}`, "", `Seen ${report.at}.`];
  for (const stack of report.stacks) {
    lines.push("", `## ${escapeMarkdown(stack.stack)}: ${stack.outcome}`);
    if (stack.error !== undefined) lines.push("", "```", stack.error.replaceAll("```", "'''"), "```");
    for (const [verdict, title] of SECTIONS) {
      const found = stack.found.filter((one) => one.verdict === verdict);
      if (found.length === 0) continue;
      lines.push("", `### ${title}`, "", "| what | difference | since |", "|---|---|---|");
      for (const { subject, differences } of found) {
        for (const difference of differences) {
          const since = verdict === "pending" ? "" : sinceWords(difference);
          lines.push(`| ${[subject, difference.text, since].map(escapeMarkdown).join(" | ")} |`);
        }
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Names at the vendor are anybody's text. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#@]/g, (character) => `\\${character}`).replace(/\s+/g, " ");
}

function junitOf({ stacks }: Report): string {
  const suites = stacks.map((stack) => {
    const cases = casesOf(stack);
    const number = (kind: string) => cases.filter((text) => text.includes(`<${kind} `)).length;
    const counts = `tests="${cases.length}" failures="${number("failure")}" errors="${number("error")}"`;
    return [`  <testsuite name="${escapeXml(stack.stack)}" ${counts}>`, ...cases, "  </testsuite>"].join("\n");
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="drift">', ...suites, "</testsuites>", ""].join(
    "\n",
  );
}

function casesOf({ stack, error, found }: StackReport): string[] {
  if (error !== undefined) return [testcase(stack, "plan", `<error message="${escapeXml(error)}" />`)];
  return found.map(({ subject, verdict, differences }) => {
    const text = escapeXml(differences.map((difference) => withSince(verdict, difference)).join("; "));
    if (verdict === "drift") return testcase(stack, subject, `<failure message="${text}" />`);
    if (verdict === "unknown") return testcase(stack, subject, `<error message="${text}" />`);
    return testcase(stack, subject, text === "" ? "" : `<system-out>${text}</system-out>`);
  });
}

function testcase(stack: string, name: string, inside: string): string {
  const start = `    <testcase classname="${escapeXml(stack)}" name="${escapeXml(name)}"`;
  return inside === "" ? `${start} />` : `${start}>${inside}</testcase>`;
}

function escapeXml(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replace(/\s+/g, " ")
      // XML 1.0 has no way to write these.
      .replace(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, "\ufffd")
  );
}
