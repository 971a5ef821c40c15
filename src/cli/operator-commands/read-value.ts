import { ADOPTED_MAX_LENGTH } from "../../model/events";
import { withEnd } from "../../output/printable";
import { line, type TerminalText } from "../../output/terminal";
import { noValue } from "./errors";
import { hideTyping, type Terminal } from "./hide-typing";

const INTERRUPT = "\u0003";
const END_OF_INPUT = "\u0004";
const ERASE = new Set(["\u007f", "\b"]);

export interface ValueSource {
  readonly input: NodeJS.ReadableStream & Terminal;
  /** Where the question goes; never the value. */
  readonly ask: (text: TerminalText) => void;
}

/**
 * A key's value, typed or pasted at the terminal without being shown, or from a pipe. Throws SK308
 * where there is none, or one that no key has.
 */
export async function readValue({ input, ask }: ValueSource, question: TerminalText): Promise<string> {
  const text = input.isTTY ? await typed(input, ask, question) : await piped(input);
  const value = text.trim();
  // What a header can carry; also catches a whole file that was piped by mistake.
  if (value.length > ADOPTED_MAX_LENGTH || !/^[\x21-\x7e]+$/.test(value)) throw noValue(value.length);
  return value;
}

async function piped(input: ValueSource["input"]): Promise<string> {
  let text = "";
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > 2 * ADOPTED_MAX_LENGTH) break;
  }
  return text;
}

async function typed(input: ValueSource["input"], ask: ValueSource["ask"], question: TerminalText): Promise<string> {
  hideTyping(input);
  ask(question);
  input.setEncoding("utf8");
  let text = "";
  try {
    for await (const chunk of input) {
      for (const character of String(chunk)) {
        if (character === INTERRUPT) throw noValue(0);
        if (character === "\r" || character === "\n" || character === END_OF_INPUT) return text;
        text = ERASE.has(character) ? text.slice(0, -1) : text + character;
      }
    }
    return text;
  } finally {
    input.setRawMode?.(false);
    ask(withEnd(line("")));
  }
}
