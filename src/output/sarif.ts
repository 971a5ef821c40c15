import { shown } from "../model/characters";

/**
 * A text of a SARIF message, where `[text](target)` is a link (SARIF 2.1.0, section 3.11.6). The
 * log as a whole is written as JSON.
 */
export function sarifText(text: string): string {
  return shown(text).replace(/\](?=\()/g, "\\]");
}
