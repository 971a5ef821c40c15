import {
  GUARDRAIL_RULES,
  type GuardrailRuleId,
  type GuardrailSeverity,
  guardrailPage,
  guardrailRule,
} from "../../src/model/guardrail-rules";
import { MILLIS_PER_SECOND, SECONDS_PER_DAY } from "../../src/model/units";
import * as errors from "../errors";
import { type IConstruct, literal, note, stackAround, stackOf, type TerraformStack } from "../terraform";
import type { GuardedScope, IDeclared } from "./declared";
import type { Exemption } from "./exception";
import type { Guardrail } from "./guardrail";
import type { NotKnown } from "./key-declaration";
import { writeOutput } from "./output";
import { Surroundings } from "./surroundings";

/** Something that breaks a rule. */
interface Finding {
  readonly rule: string;
  readonly severity: GuardrailSeverity;
  /** Name that exceptions use. */
  readonly subject: string;
  readonly at: IConstruct;
  readonly found: string;
  readonly demand: string;
  readonly why: string;
  readonly remedy: string;
}

/** How long before its end an exception is mentioned. */
const ENDING_DAYS = 14;

/**
 * Judges everything that is declared, makes notes of what is no error, and throws one error with
 * all that are.
 * @param stack that CDKTF validates; undefined: the app itself
 */
export function checkGuardrails(declarations: IDeclared, stack: TerraformStack | undefined): void {
  const all = new Surroundings(declarations);
  const pardons = new Pardons(declarations);
  const findings = [...judge(declarations, all, pardons), ...pardons.findings()];
  renderOutputs(declarations, all);

  const broken = new Groups();
  const notes = new Map<TerraformStack, Groups>();
  for (const finding of findings) {
    // CDKTF collects notes of stacks only.
    const home = finding.severity === "error" ? undefined : (stackAround(finding.at) ?? stack);
    if (finding.severity === "error") broken.add(finding);
    else if (home !== undefined) getOrSet(notes, home, () => new Groups()).add(finding);
  }
  for (const [home, groups] of notes) {
    for (const [severity, text] of groups.texts(NOTED_MAX)) {
      if (severity !== "error" && declarations._noteOnce(home, text)) note(home, severity, text);
    }
  }
  const texts = broken.texts().map(([, text]) => text);
  if (texts.length > 0) throw errors.guardrailsBroken(stack ?? declarations.root, texts);
}

/** Keys that a note names; an error names all. */
const NOTED_MAX = 20;

/** Findings by what is said of them: with a thousand keys the same is to be read once. */
class Groups {
  private readonly groups = new Map<string, { readonly first: Finding; readonly found: Set<string> }>();

  public add(finding: Finding): void {
    const { rule, severity, demand, subject, at, found } = finding;
    const group = getOrSet(this.groups, `${severity} ${rule} ${demand}`, () => ({ first: finding, found: new Set() }));
    // The same guardrail of two scopes finds the same.
    group.found.add(`    - ${subject} (${at.node.path}): ${found}`);
  }

  public texts(most = Number.POSITIVE_INFINITY): Array<[GuardrailSeverity, string]> {
    return [...this.groups.values()].map(({ first: { rule, severity, demand, why, remedy }, found }) => {
      const more = found.size - most;
      const lines = [
        `  ${severity} ${rule}${demand === "" ? "" : `, ${demand}`}:`,
        ...[...found].slice(0, most),
        ...(more > 0 ? [`    - and ${more} more`] : []),
        `    why:    ${why}`,
        `    change: ${remedy}`,
        ...(guardrailRule(rule) === undefined ? [] : [`    see:    ${guardrailPage(rule)}`]),
      ];
      return [severity, lines.join("\n")];
    });
  }
}

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function* judge(declarations: IDeclared, all: Surroundings, pardons: Pardons): Generator<Finding> {
  const prepared = new Map<Guardrail, Prepared>();
  for (const { guardrails, scope } of declarations._scopes.values()) {
    for (const guardrail of guardrails) {
      const { key, issuer } = guardrail._judge;
      prepared.set(guardrail, { key: key?.(scope), issuer: issuer?.(scope) });
    }
  }
  for (const key of declarations._keys) {
    for (const [guard, guardrail] of inForce(all, key.construct)) {
      for (const found of prepared.get(guardrail)?.key?.(key, all) ?? []) {
        const finding = findingOf(guardrail, key.secretName, key.construct, found);
        if (!pardons.covers(finding, guard, all)) yield finding;
      }
    }
  }
  for (const issuer of declarations._issuers) {
    for (const [guard, guardrail] of inForce(all, issuer)) {
      for (const found of prepared.get(guardrail)?.issuer?.(issuer, all) ?? []) {
        const finding = findingOf(guardrail, issuer.prefix, issuer, found);
        if (!pardons.covers(finding, guard, all)) yield finding;
      }
    }
  }
}

interface Prepared {
  readonly key: ReturnType<NonNullable<Guardrail["_judge"]["key"]>> | undefined;
  readonly issuer: ReturnType<NonNullable<Guardrail["_judge"]["issuer"]>> | undefined;
}

function* inForce(all: Surroundings, construct: IConstruct): Generator<[GuardedScope, Guardrail]> {
  for (const guard of all.guardsOf(construct)) {
    for (const guardrail of guard.guardrails) yield [guard, guardrail];
  }
}

function findingOf(
  { id, severity, demand, _facts }: Guardrail,
  subject: string,
  at: IConstruct,
  found: string | NotKnown,
): Finding {
  const { why, remedy } = _facts;
  const given = { rule: id, subject, at, demand, why, remedy };
  if (typeof found === "string") return { ...given, severity: severity._value, found };
  return { ...given, severity: severity._value === "error" ? "warning" : severity._value, found: found.text };
}

/** Exceptions, and what becomes of them. */
class Pardons {
  private readonly used = new Set<Exemption>();
  private readonly all: readonly Exemption[];
  private readonly today = new Date().toISOString().slice(0, "2027-03-31".length);

  public constructor(declarations: IDeclared) {
    this.all = [...declarations._scopes.values()].flatMap(({ exemptions }) => exemptions);
  }

  /** Whether an exception that has not ended lets it be. */
  public covers(finding: Finding, guard: GuardedScope, all: Surroundings): boolean {
    const exemptions = all
      .guardsOf(guard.scope)
      .flatMap((outer) => outer.exemptions)
      .filter(({ rule, key }) => rule === finding.rule && key === finding.subject);
    for (const exemption of exemptions) this.used.add(exemption);
    return exemptions.some((exemption) => !this.isOver(exemption));
  }

  public findings(): Finding[] {
    return this.all.flatMap((exemption) => {
      const { until } = exemption;
      if (this.isOver(exemption)) return [this.finding("exception-expired", exemption, `it ended with ${until}`)];
      if (!this.used.has(exemption)) return [this.finding("exception-unused", exemption, "it matches no finding")];
      const days = (Date.parse(until) - Date.parse(this.today)) / (SECONDS_PER_DAY * MILLIS_PER_SECOND);
      return days > ENDING_DAYS ? [] : [this.finding("exception-ending", exemption, `it ends with ${until}`)];
    });
  }

  private isOver({ until }: Exemption): boolean {
    return this.today > until;
  }

  private finding(rule: GuardrailRuleId, exemption: Exemption, found: string): Finding {
    const { severity, why, remedy } = GUARDRAIL_RULES[rule];
    const { key, approver, reason, declaredAt } = exemption;
    const told = `the exception from ${exemption.rule} (approved by ${approver}: ${reason}): ${found}`;
    return { rule, severity, subject: key, at: declaredAt, found: told, demand: "", why, remedy };
  }
}

interface Listed {
  readonly guardrails: Set<string>;
  readonly exceptions: Set<string>;
  readonly environments: Set<string>;
}

/**
 * As text, so that what is in force twice is listed once and the order of declarations plays no
 * part.
 */
function renderOutputs(declarations: IDeclared, all: Surroundings): void {
  const stacks = new Map<TerraformStack, Listed>();
  const seen = new Map<TerraformStack, Set<GuardedScope>>();
  for (const construct of [...declarations._keys.map((key) => key.construct), ...declarations._issuers]) {
    const stack = stackOf(construct);
    const scopes = getOrSet(seen, stack, () => new Set());
    const listed = stacks.get(stack) ?? { guardrails: new Set(), exceptions: new Set(), environments: new Set() };
    for (const guard of all.guardsOf(construct)) {
      if (scopes.has(guard)) continue;
      scopes.add(guard);
      stacks.set(stack, listed);
      for (const { id, severity, demand } of guard.guardrails) {
        listed.guardrails.add(
          JSON.stringify({ rule: id, severity: severity._value, demand, scope: guard.scope.node.path }),
        );
      }
      const scope = guard.scope.node.path;
      for (const { rule, key, reason, approver, until } of guard.exemptions) {
        listed.exceptions.add(JSON.stringify({ rule, key, reason, approver, until, scope }));
      }
      if (guard.environment !== undefined) listed.environments.add(JSON.stringify({ name: guard.environment, scope }));
    }
  }
  for (const [stack, { guardrails, exceptions, environments }] of stacks) {
    const parsed = (texts: Set<string>): unknown[] => [...texts].sort().map((text) => JSON.parse(literal(text)));
    writeOutput(declarations._outputs, stack, {
      guardrails: parsed(guardrails),
      exceptions: parsed(exceptions),
      environments: parsed(environments),
    });
  }
}
