import { createHash } from "node:crypto";
import type { Log, Result } from "sarif";
import { shown } from "../../model/characters";
import { json } from "../../output/json";
import type { Printable } from "../../output/printable";
import { sarifText } from "../../output/sarif";
import { type Entry, type Review, VERDICTS, type Verdict } from "../review";
import { DIRECTIONS, HEADINGS, title } from "./words";

export interface SarifOptions {
  /** Of the command. */
  readonly toolVersion: string;
  /** What was reviewed, as a path from the repository's root; undefined: it came through a pipe. */
  readonly file: (entry: Entry) => string | undefined;
  readonly failing: ReadonlySet<Verdict>;
}

const DESCRIPTIONS: Readonly<Record<Verdict, string>> = {
  loosened: "The change allows something new, or nobody can tell.",
  exception: "An exception from a guardrail is new or lasts longer.",
  issued: "A key or an issuer is new.",
  renamed: "The change revokes a key under one name and issues it under another.",
  tightened: "The change forbids something that was allowed.",
  retired: "The change revokes a key or removes an issuer.",
  drift: "The vendor or the secret differs from the last apply, and the apply repairs it.",
  expiring: "A key ends, and nothing replaces it automatically.",
  unchanged: "Something changes that does not affect reach.",
};

/** What a reviewer does about it. */
const HELP: Readonly<Record<Verdict, string>> = {
  loosened:
    "Check each field: is the wider reach intended, and does the owner of the key know of it? A field that nobody can tell counts as wider.",
  exception:
    "Compare the exception's reason and its end with what was agreed. Synthesis later reports an exception that nothing needs.",
  issued: "Check the owner, the purpose and the readers. The key works as soon as the change is applied.",
  renamed:
    "Programs that read the old secret lose their key with the apply. Change them first, or keep the key's name.",
  tightened: "Programs that need what the change forbids fail after the apply. Check when the key last used it.",
  retired: "The apply revokes the vendor key. Check whether somebody still reads the secret.",
  drift: "Somebody changed the vendor or the secret by hand. Find out who and why before the apply reverts it.",
  expiring: "Nothing replaces the key automatically. Plan a successor before the key ends.",
  unchanged: "Nothing to do.",
};

function helpOf(verdict: Verdict): { text: string; markdown: string } {
  const text = `${DESCRIPTIONS[verdict]} ${HELP[verdict]}`;
  return { text, markdown: `**${HEADINGS[verdict]}.** ${text}` };
}

const WARNED: ReadonlySet<Verdict> = new Set(["loosened", "exception", "drift", "expiring"]);

/**
 * SARIF 2.1.0: one result for each verdict of each entry.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifReport({ entries }: Review, options: SarifOptions): Printable<"json"> {
  const results = entries.flatMap((entry) => entry.verdicts.map((verdict) => resultOf(entry, verdict, options)));
  const log: Log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "scoped-keys review",
            version: options.toolVersion,
            rules: VERDICTS.map((verdict) => ({
              id: verdict,
              shortDescription: { text: HEADINGS[verdict] },
              fullDescription: { text: DESCRIPTIONS[verdict] },
              help: helpOf(verdict),
              defaultConfiguration: { level: WARNED.has(verdict) ? "warning" : "note" },
            })),
          },
        },
        results,
        columnKind: "utf16CodeUnits",
      },
    ],
  };
  return json(log);
}

function resultOf(entry: Entry, verdict: Verdict, { file, failing }: SarifOptions): Result {
  const path = file(entry);
  const level = failing.has(verdict) ? "error" : WARNED.has(verdict) ? "warning" : "note";
  return {
    ruleId: verdict,
    ruleIndex: VERDICTS.indexOf(verdict),
    level,
    message: { text: sarifText(messageOf(entry, verdict)) },
    locations: [
      {
        ...(path === undefined
          ? {}
          : { physicalLocation: { artifactLocation: { uri: encodeURI(path) }, region: { startLine: 1 } } }),
        logicalLocations: [{ name: shown(entry.name), fullyQualifiedName: shown(qualified(entry)), kind: "resource" }],
      },
    ],
    // GitHub tells findings apart by the first of the two, and makes it of a file's line where it
    // is absent.
    partialFingerprints: {
      primaryLocationLineHash: `${fingerprint(entry, verdict)}:1`,
      "entry/v1": fingerprint(entry, verdict),
    },
  };
}

function qualified({ stack, subject, name }: Entry): string {
  return [stack, subject, name].filter((part) => part !== "").join("/");
}

/** What changes, and not when or where: the same finding of the next run is known again. */
function fingerprint(entry: Entry, verdict: Verdict): string {
  const told = [verdict, qualified(entry), entry.fields.map(({ field, before, after }) => [field, before, after])];
  return createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 32);
}

/** Fields that make the verdict; where none does, all. */
function messageOf(entry: Entry, verdict: Verdict): string {
  const { subject, name, rest } = title(entry);
  const wanted: Partial<Record<Verdict, readonly string[]>> = {
    loosened: ["looser", "incomparable", "unknown"],
    tightened: ["tighter", "incomparable"],
  };
  const directions = wanted[verdict];
  const fields = entry.fields
    .filter(({ direction }) => directions === undefined || directions.includes(direction ?? ""))
    .map(({ field, direction, was, is }) =>
      direction === undefined
        ? `${field}: ${was === "" ? is : was}`
        : `${field} (${DIRECTIONS[direction]}): ${was} -> ${is}`,
    );
  const said =
    verdict === "drift" ? entry.drift : verdict === "expiring" ? entry.expiring : [...fields, ...entry.notes];
  return `${HEADINGS[verdict]}: ${subject} ${name}${rest}. ${said.join("; ")}`.trim();
}
