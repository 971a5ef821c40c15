import * as v from "valibot";

/**
 * JSON in which a name stands twice in one object. Parsers differ in which of the two they believe:
 * what one program reviewed is not what another program does.
 */
export class DuplicateMemberError extends SyntaxError {
  public override readonly name = "DuplicateMemberError";

  /**
   * @param position of the second name, in characters from 0. The name is not told: it was written
   * by others.
   */
  public constructor(public readonly position: number) {
    super(`a name stands twice in one object, at character ${position}`);
  }
}

/**
 * As `JSON.parse`, and refuses an object that has a member twice, at any depth. Throws SyntaxError
 * or DuplicateMemberError.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // The parser keeps one member of each name, and each member that is written has one colon.
  if (membersWritten(text) !== membersOf(value)) throw new DuplicateMemberError(positionOfDuplicate(text));
  return value;
}

/** For schemas: parses a text as `parseStrictJson` does, and turns what it throws into an issue. */
export function strictJson(): v.RawTransformAction<string, unknown> {
  return v.rawTransform<string, unknown>(({ dataset, addIssue, NEVER }) => {
    try {
      return parseStrictJson(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof DuplicateMemberError ? "Duplicate member" : "Invalid JSON" });
      return NEVER;
    }
  });
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Colons outside of texts. The text is JSON. */
function membersWritten(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfText(text, i);
    else if (code === COLON) count++;
  }
  return count;
}

/** @returns where the closing quote is */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const inner of value) count += membersOf(inner);
    return count;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) count += 1 + membersOf(members[name]);
  return count;
}

/** The text is JSON, and has one. */
function positionOfDuplicate(text: string): number {
  const open: Array<Set<string> | undefined> = [];
  let expectsName = false;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "{":
        open.push(new Set());
        expectsName = true;
        break;
      case "[":
        open.push(undefined);
        expectsName = false;
        break;
      case "}":
      case "]":
        open.pop();
        expectsName = false;
        break;
      case ",":
        expectsName = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfText(text, i);
        if (expectsName) {
          // Two spellings of one name are one name.
          const name: string = JSON.parse(text.slice(i, end + 1));
          if (open.at(-1)?.has(name)) return i;
          open.at(-1)?.add(name);
          expectsName = false;
        }
        i = end;
        break;
      }
    }
  }
  return text.length;
}
