import { code, joinedMarkdown, type Markdown, markdown, words } from "../../output/markdown";
import { printableAs } from "../../output/printable";
import type { FieldChange } from "../field-change";
import type { Entry, Review } from "../review";
import { besides, DIRECTIONS, difference, HEADINGS, sections, summary } from "./words";

/** GitHub takes comments of 65,536 characters. */
const LENGTH_MAX = 60_000;

/**
 * Text of a comment that can be updated in place: its first line is the marker, and it holds no
 * time, so that the same review is the same text.
 * @param name tells the comments of several stacks apart
 */
export function markdownReport(review: Review, name: string): Markdown {
  const head = [marker(name), markdown`### Key policy review: ${words(summary(review))}`, ...review.notes.map(words)];
  const blocks = sections(review).flatMap(({ verdict, entries }) =>
    entries.map((entry, i) =>
      joinedMarkdown([...(i === 0 ? [markdown`#### ${words(HEADINGS[verdict])}`] : []), entryText(entry)], "\n\n"),
    ),
  );
  let text = joinedMarkdown(head, "\n\n");
  for (const [i, block] of blocks.entries()) {
    if (text.length + block.length > LENGTH_MAX) {
      const left = blocks.length - i;
      return markdown`${text}\n\n${left} more do not fit into a comment; ${code("scoped-keys review")} in a terminal shows them.`;
    }
    text = joinedMarkdown([text, block], "\n\n");
  }
  return text;
}

/** What a pipeline looks for among the comments of a pull request. */
export function marker(name: string): Markdown {
  // Of letters and digits alone nothing can end a comment.
  const kept = name.replace(/[^A-Za-z0-9_./ -]|-{2,}/g, "");
  return printableAs(`<!-- scoped-keys review${kept === "" ? "" : ` ${kept}`} -->`);
}

function entryText(entry: Entry): Markdown {
  const { subject, name, stack, renamedFrom } = entry;
  const also = besides(entry);
  const heading = [
    markdown`**${words(subject)} ${code(name)}**`,
    ...(stack === "" ? [] : [markdown` in stack ${words(stack)}`]),
    ...(renamedFrom === undefined ? [] : [markdown`, formerly ${words(renamedFrom)}`]),
    ...(also === "" ? [] : [markdown` (${words(also)})`]),
  ];
  const items = [
    ...entry.fields.map(fieldItem),
    ...entry.drift.map((sentence) => markdown`- drift: ${code(sentence)}`),
    ...entry.expiring.map((sentence) => markdown`- ends: ${code(sentence)}`),
    ...entry.notes.map((sentence) => markdown`- note: ${words(sentence)}`),
  ];
  const title = joinedMarkdown(heading, "");
  return items.length === 0 ? title : joinedMarkdown([title, joinedMarkdown(items, "\n")], "\n\n");
}

function fieldItem(change: FieldChange): Markdown {
  const { field, direction, was, is } = change;
  if (direction === undefined) return markdown`- ${words(field)}: ${code(was === "" ? is : was)}`;
  const parts = difference(change);
  const start = markdown`- **${words(DIRECTIONS[direction])}** ${words(field)}: ${code(was)} → ${code(is)}`;
  return parts === "" ? start : markdown`${start} (${code(parts)})`;
}
