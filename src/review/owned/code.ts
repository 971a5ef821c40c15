import { knownCode, mayPrecede } from "../../model/function-hashes";
import { text } from "../attributes";
import type { FieldChange } from "../field-change";
import type { Configuration, Resource, Zip } from "../resources";

/** Whose code a function runs, as far as its hash tells. */
export interface CodeFacts {
  readonly words: string;
  /** Of the vendor in a release of this library; undefined: nobody knows it. */
  readonly vendor: string | undefined;
  readonly release: string | undefined;
  /** Hash of the adapter that a custom issuer puts beside the library's code. */
  readonly adapter: string | undefined;
}

const SHOWN = 12;
const ADAPTER = "adapter.js";
const CUSTOM = "custom";

/** A folder holds the zip itself; a plan holds what was said of it. */
export function codeOf(
  role: "controller" | "observer",
  resource: Resource,
  configuration: Configuration | undefined,
): CodeFacts {
  const { values, planned, unknown } = resource;
  const filename = text(values, "filename") ?? "";
  const said = Buffer.from(text(values, "source_code_hash") ?? "", "base64").toString("hex");
  if (unknown.has("source_code_hash")) return nobodys("it is known after apply");
  if (planned) {
    // Synthesis names a zip by its hash; another file was put there by somebody else.
    const named = /^assets\/[^/]+\/([0-9A-Fa-f]{32})\/[^/]+$/.exec(filename)?.[1]?.toLowerCase();
    if (named !== said.slice(0, 32)) return nobodys(`file ${filename}`);
    return byHash(role, said) ?? nobodys(said.slice(0, SHOWN));
  }
  const zip = configuration?.zips.get(filename);
  if (zip === undefined) return nobodys(`file ${filename === "" ? "none" : filename}`);
  if (zip.sha256 !== said) return nobodys(`${zip.sha256.slice(0, SHOWN)}, not the one of source_code_hash`);
  return byHash(role, zip.sha256) ?? byMembers(role, zip) ?? nobodys(zip.sha256.slice(0, SHOWN));
}

function nobodys(what: string): CodeFacts {
  return { words: `code nobody knows (${what})`, vendor: undefined, release: undefined, adapter: undefined };
}

function byHash(role: string, sha256: string): CodeFacts | undefined {
  const known = knownCode(role, sha256);
  // Of custom issuers the library's code alone does nothing.
  return known === undefined || known.vendor === CUSTOM
    ? undefined
    : {
        words: `release ${known.release} (${known.vendor})`,
        vendor: known.vendor,
        release: known.release,
        adapter: undefined,
      };
}

/** The library's files and one adapter. */
function byMembers(role: string, { members }: Zip): CodeFacts | undefined {
  const adapter = members?.get(ADAPTER);
  if (members === undefined || adapter === undefined) return undefined;
  const known = [...members]
    .filter(([name]) => name !== ADAPTER)
    .map(([name, hash]) => knownCode(`${role}/${name}`, hash));
  const [first] = known;
  if (first === undefined || known.some((each) => each?.vendor !== CUSTOM || each.release !== first.release))
    return undefined;
  return {
    words: `release ${first.release} (${CUSTOM}) with adapter ${adapter.slice(0, SHOWN)}`,
    vendor: CUSTOM,
    release: first.release,
    adapter,
  };
}

/** Of both functions of an issuer. */
export interface IssuerCode {
  readonly controller: CodeFacts;
  readonly observer: CodeFacts | undefined;
}

export function codeChange(before: IssuerCode | undefined, after: IssuerCode | undefined): FieldChange | undefined {
  const [was, is] = [before, after].map((code) => (code === undefined ? "" : wordsOf(code)));
  if (was === undefined || is === undefined || was === is) return undefined;
  const change = {
    field: "code",
    before: was === "" ? undefined : was,
    after: is === "" ? undefined : is,
    was,
    is,
    added: [],
    removed: [],
  };
  if (after === undefined) return change;
  const same = isKnown(before, after);
  if (before === undefined) return same ? change : { ...change, direction: "unknown" };
  return { ...change, direction: same ? "same" : "unknown" };
}

function wordsOf({ controller, observer }: IssuerCode): string {
  if (observer === undefined || observer.words === controller.words) return controller.words;
  return `${controller.words}; observer: ${observer.words}`;
}

function isKnown(before: IssuerCode | undefined, after: IssuerCode): boolean {
  const [old, young] = [before, after].map((code) => [code?.controller, code?.observer]);
  return (young ?? []).every((facts, i) => {
    const other = old?.[i];
    if (facts === undefined) return false;
    if (facts.words === other?.words) return true;
    if (facts.vendor === undefined) return false;
    // An adapter is the author's own code, and nobody has seen it run before.
    if (other === undefined) return facts.adapter === undefined;
    return (
      other.vendor === undefined ||
      (other.vendor === facts.vendor && other.adapter === facts.adapter && isNoStepBack(other, facts))
    );
  });
}

/** What an earlier release does wrong, a later one may have put right. */
function isNoStepBack(before: CodeFacts, { release }: CodeFacts): boolean {
  return release !== undefined && before.release !== undefined && !mayPrecede(release, before.release);
}
