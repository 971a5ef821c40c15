import type { FieldChange } from "../fields";
import { printable } from "../printable";
import type { Entry, Review } from "../review";
import { besides, DIRECTIONS, difference, HEADINGS, sections, summary, title } from "./words";

/** GitHub takes comments of 65,536 characters. */
const LENGTH_MAX = 60_000;

/**
 * Text of a comment that can be updated in place: its first line is the marker, and it holds no time, so that the same review is the same text.
 * @param name tells the comments of several stacks apart
 */
export function markdownReport(review: Review, name: string): string {
  const head = [marker(name), `### Key policy review: ${summary(review)}`, ...review.notes.map((note) => plain(note))];
  const blocks = sections(review).flatMap(({ verdict, entries }) =>
    entries.map((entry, i) => [...(i === 0 ? [`#### ${HEADINGS[verdict]}`] : []), entryText(entry)].join("\n\n")),
  );
  let text = head.join("\n\n");
  for (const [i, block] of blocks.entries()) {
    if (text.length + block.length > LENGTH_MAX) {
      return `${text}\n\n${blocks.length - i} more do not fit into a comment; \`scoped-keys review\` in a terminal shows them.`;
    }
    text += `\n\n${block}`;
  }
  return text;
}

/** What a pipeline looks for among the comments of a pull request. */
export function marker(name: string): string {
  // Of letters and digits alone nothing can end a comment.
  const kept = name.replace(/[^A-Za-z0-9_./ -]|-{2,}/g, "");
  return `<!-- scoped-keys review${kept === "" ? "" : ` ${kept}`} -->`;
}

function entryText(entry: Entry): string {
  const { subject, name, rest } = title(entry);
  const also = besides(entry);
  return [
    `**${subject} ${code(name)}**${plain(rest)}${also === "" ? "" : ` (${also})`}`,
    [
      ...entry.fields.map(fieldItem),
      ...entry.drift.map((sentence) => `- drift: ${code(sentence)}`),
      ...entry.expiring.map((sentence) => `- ends: ${code(sentence)}`),
      ...entry.notes.map((sentence) => `- note: ${plain(sentence)}`),
    ].join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function fieldItem(change: FieldChange): string {
  const { field, direction, was, is } = change;
  if (direction === undefined) return `- ${plain(field)}: ${code(was === "" ? is : was)}`;
  const parts = difference(change);
  return `- **${DIRECTIONS[direction]}** ${plain(field)}: ${code(was)} → ${code(is)}${parts === "" ? "" : ` (${code(parts)})`}`;
}

/** As it is, whatever it holds: no markup, no link, no mention. */
function code(text: string): string {
  const shown = printable(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = shown === "" || shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Own words with a name in them: every character that could be markup is escaped. */
function plain(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]<>#+!|~@&]/g, "\\$&");
}
