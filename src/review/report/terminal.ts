import { joined, line, type TerminalText, terminal } from "../../output/terminal";
import type { FieldChange } from "../field-change";
import type { Entry, Review } from "../review";
import { besides, DIRECTIONS, difference, HEADINGS, sections, summary, title } from "./words";

const LABEL_WIDTH = 7;

/** @param bold how a heading is set off; as it is where nobody shows colours */
export function terminalReport(
  review: Review,
  bold: (text: TerminalText) => TerminalText = (text) => text,
): TerminalText {
  const parts = [
    [line(summary(review)), ...review.notes.map(line)],
    ...sections(review).map(({ verdict, entries }) => [
      bold(line(HEADINGS[verdict].toUpperCase())),
      ...entries.flatMap((entry) => entryLines(entry, bold)),
    ]),
  ];
  return joined(
    parts.map((part) => joined(part, "\n")),
    "\n\n",
  );
}

function entryLines(entry: Entry, bold: (text: TerminalText) => TerminalText): TerminalText[] {
  const { subject, name, rest } = title(entry);
  const also = besides(entry);
  return [
    joined([terminal`  ${subject} `, bold(line(name)), terminal`${rest}${also === "" ? "" : ` (${also})`}`], ""),
    ...entry.fields.map(fieldLine),
    ...entry.drift.map((sentence) => labelled("drift", sentence)),
    ...entry.expiring.map((sentence) => labelled("ends", sentence)),
    ...entry.notes.map((sentence) => labelled("note", sentence)),
  ];
}

function fieldLine(change: FieldChange): TerminalText {
  const { field, direction, was, is } = change;
  if (direction === undefined) return labelled("", `${field}: ${was === "" ? is : was}`);
  const parts = difference(change);
  return labelled(DIRECTIONS[direction], `${field}: ${was} -> ${is}${parts === "" ? "" : ` (${parts})`}`);
}

function labelled(label: string, text: string): TerminalText {
  return terminal`    ${label.padEnd(LABEL_WIDTH)}  ${text}`;
}
