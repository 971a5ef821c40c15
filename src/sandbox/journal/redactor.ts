import { CUT_MARK } from "./summary";

export const REDACTED = "[redacted]";
/** Shorter values are words that would blot out half of a text. */
const MIN_SECRET_LENGTH = 8;

/**
 * Takes values out of texts, in every form in which they would travel in a URL, a header or a zip
 * of lines. Values and texts come in thousands, so each text is gone through once, whatever the
 * number of values.
 */
export class Redactor {
  /** Forms by their first characters, longest first. */
  readonly #forms = new Map<string, string[]>();
  /**
   * Whether a form starts with these two characters; ones beyond Latin-1 are folded, which costs a
   * look into the map.
   */
  readonly #starts = new Uint8Array(1 << 16);

  constructor(secrets: Iterable<string>) {
    for (const form of formsOf(secrets)) {
      const start = form.slice(0, MIN_SECRET_LENGTH);
      this.#forms.set(
        start,
        [...(this.#forms.get(start) ?? []), form].sort((a, b) => b.length - a.length),
      );
      this.#starts[pairAt(form, 0)] = 1;
    }
  }

  /** The value with every text in it cleaned, names of members too. */
  redact(value: unknown): unknown {
    if (typeof value === "string") return this.redactText(value);
    if (Array.isArray(value)) return value.map((item) => this.redact(item));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [this.redactText(name), this.redact(item)]),
      );
    }
    return value;
  }

  redactText(text: string): string {
    const mark = CUT_MARK.exec(text)?.index;
    let clean = "";
    let from = 0;
    for (let at = 0; at + MIN_SECRET_LENGTH <= text.length; ) {
      const found = this.#lengthAt(text, at, mark);
      if (found === undefined) {
        at++;
        continue;
      }
      clean += text.slice(from, at) + REDACTED;
      at += found;
      from = at;
    }
    return from === 0 ? text : clean + text.slice(from);
  }

  /**
   * Length of the value that stands there.
   * @param mark where the text was cut, maybe in the middle of a value
   */
  #lengthAt(text: string, at: number, mark: number | undefined): number | undefined {
    if (this.#starts[pairAt(text, at)] !== 1) return undefined;
    const forms = this.#forms.get(text.slice(at, at + MIN_SECRET_LENGTH)) ?? [];
    const whole = forms.find((form) => text.startsWith(form, at));
    if (whole !== undefined || mark === undefined) return whole?.length;
    return forms.some((form) => form.startsWith(text.slice(at, mark))) ? mark - at : undefined;
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) & 0xff) << 8) | (text.charCodeAt(at + 1) & 0xff);
}

function formsOf(secrets: Iterable<string>): Set<string> {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
    forms.add(Buffer.from(secret).toString("base64"));
  }
  return forms;
}
