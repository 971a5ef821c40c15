import { unzipSync } from "fflate";

/** Where a value was seen. Names the value, never shows it. */
export interface Leak {
  readonly source: string;
  readonly value: string;
  readonly form: string;
}

/** Prefixes that every key of a kind has. */
const FIXED_PREFIX = /^sk-(?:svcacct|admin|proj)-/;
const FRAGMENT_LENGTH = 12;

/**
 * Finds values in whatever form they may have left in: whole, encoded, or the first characters that
 * are theirs alone.
 */
export class LeakScanner {
  readonly #forms: Array<{ readonly value: string; readonly form: string; readonly text: string }> = [];
  readonly #known = new Set<string>();

  /** Number of values that are looked for. */
  get size(): number {
    return this.#known.size;
  }

  /** @param name that leaks are reported under */
  watch(name: string, value: string): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    const fragment = value.replace(FIXED_PREFIX, "").slice(0, FRAGMENT_LENGTH);
    if (fragment.length < FRAGMENT_LENGTH) throw new Error(`${name} is too short to be told from other texts`);
    const forms: ReadonlyArray<readonly [string, string]> = [
      ["raw", value],
      ["base64", Buffer.from(value).toString("base64").replace(/=+$/, "")],
      ["URL-encoded", encodeURIComponent(value)],
      ["the 12 characters after the prefix", fragment],
      // Inside a longer text that was encoded as a whole, at each of the three positions that
      // base64 knows.
      ...[0, 1, 2].map((shift) => ["base64 of a text around it", insideBase64(fragment, shift)] as const),
      ["hexadecimal", Buffer.from(fragment).toString("hex")],
    ];
    for (const [form, text] of forms) this.#forms.push({ value: name, form, text });
  }

  /** Looks into the bytes and, where they are a zip, into each file in it. */
  scan(source: string, content: string | Uint8Array): Leak[] {
    const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
    const leaks = this.#forms
      .filter(({ text }) => bytes.includes(text))
      .map(({ value, form }) => ({ source, value, form }));
    for (const [name, file] of Object.entries(unzipped(bytes))) leaks.push(...this.scan(`${source}/${name}`, file));
    return leaks;
  }
}

/** The part of its base64 that does not depend on what stands around it. */
function insideBase64(text: string, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString("base64");
  return encoded.slice(shift === 0 ? 0 : 4, Math.floor((shift + text.length) / 3) * 4);
}

function unzipped(bytes: Buffer): Record<string, Uint8Array> {
  return bytes.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 0x03, 0x04])) ? unzipSync(bytes) : {};
}
