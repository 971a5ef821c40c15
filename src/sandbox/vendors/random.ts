import { createHash } from "node:crypto";

/** Ids and values that look random and are the same for the same seed. */
export class SeededRandom {
  readonly #seed: string;
  #counter = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Letters and digits. */
  alphanumeric(length: number): string {
    return this.urlSafe(length * 2)
      .replace(/[_-]/g, "")
      .slice(0, length)
      .padEnd(length, "0");
  }

  /** Letters, digits, `-` and `_`. */
  urlSafe(length: number): string {
    let text = "";
    while (text.length < length) {
      this.#counter += 1;
      text += createHash("sha256").update(`${this.#seed}\n${this.#counter}`).digest("base64url");
    }
    return text.slice(0, length);
  }
}
