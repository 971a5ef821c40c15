import type { FieldChange } from "../fields";
import { printable } from "../printable";
import type { Entry, Review } from "../review";
import { besides, DIRECTIONS, difference, HEADINGS, sections, summary, title } from "./words";

const LABEL_WIDTH = 7;

/** @param bold how a heading is set off; as it is where nobody shows colours */
export function terminalReport(review: Review, bold: (text: string) => string = (text) => text): string {
  const parts = [
    [summary(review), ...review.notes.map(printable)],
    ...sections(review).map(({ verdict, entries }) => [
      bold(HEADINGS[verdict].toUpperCase()),
      ...entries.flatMap((entry) => entryLines(entry, bold)),
    ]),
  ];
  return parts.map((lines) => lines.join("\n")).join("\n\n");
}

function entryLines(entry: Entry, bold: (text: string) => string): string[] {
  const { subject, name, rest } = title(entry);
  const also = besides(entry);
  return [
    `  ${subject} ${bold(name)}${rest}${also === "" ? "" : ` (${also})`}`,
    ...entry.fields.map(fieldLine),
    ...entry.drift.map((sentence) => line("drift", sentence)),
    ...entry.expiring.map((sentence) => line("ends", sentence)),
    ...entry.notes.map((sentence) => line("note", sentence)),
  ];
}

function fieldLine(change: FieldChange): string {
  const { field, direction, was, is } = change;
  if (direction === undefined) return line("", `${field}: ${was === "" ? is : was}`);
  const parts = difference(change);
  return line(DIRECTIONS[direction], `${field}: ${was} -> ${is}${parts === "" ? "" : ` (${parts})`}`);
}

function line(label: string, text: string): string {
  return `    ${label.padEnd(LABEL_WIDTH)}  ${printable(text)}`;
}
