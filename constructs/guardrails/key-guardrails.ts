import { GUARDRAIL_RULES, guardrailRule } from "../../src/model/guardrail-rules";
import { OWNER, OWNER_RULE } from "../../src/model/key-policy";
import * as checks from "../checks";
import * as errors from "../errors";
import { Construct, type IConstruct, isToken } from "../terraform";
import { Declarations } from "./declarations";
import type { Exemption, GuardrailExceptionProps } from "./exception";
import { ENVIRONMENT_NAME, ENVIRONMENT_RULE, type Guardrail } from "./guardrail";
import type { GuardrailPack } from "./guardrail-pack";

/**
 * Guardrails for every key below a scope: an app, a stack, or any construct. They are checked when
 * the app is synthesised, with CDKTF's validations; `skipValidation` of an app skips them. All that
 * is broken is reported together. A scope further in can add to them, and take nothing away: an
 * exception counts where the guardrail itself is declared, or further out.
 *
 * Renders, in each stack with guarded keys, the output `scoped_keys_guardrails`, so that plans show
 * a change of guardrails and exceptions.
 *
 * @example
 * KeyGuardrails.of(stack).inEnvironment("production");
 * KeyGuardrails.of(stack).addPack(GuardrailPack.strict());
 */
export class KeyGuardrails extends Construct {
  /** Those of the scope; made when first asked for. */
  public static of(scope: IConstruct): KeyGuardrails {
    const found = scope.node.tryFindChild(ID);
    return found instanceof KeyGuardrails ? found : new KeyGuardrails(scope as Construct, ID);
  }

  private readonly guardrails: Guardrail[] = [];
  private readonly exemptions: Exemption[] = [];
  private environment: string | undefined;

  private constructor(scope: Construct, id: string) {
    super(scope, id);
  }

  /** Adds guardrails to those of the scope; all of them hold. */
  public add(...guardrails: Guardrail[]): void {
    for (const guardrail of guardrails) {
      const { id, demand, _facts: facts } = guardrail;
      checks.noValues(this, "guardrail", { id, demand, why: facts.why, remedy: facts.remedy });
      guardrail._judge.key?.(this);
      guardrail._judge.issuer?.(this);
      this.guardrails.push(guardrail);
    }
    this.declare();
  }

  /** Adds all guardrails of a pack. */
  public addPack(pack: GuardrailPack): void {
    this.add(...pack.guardrails);
  }

  /** Names the environment that everything in the scope is part of, e.g. `production`. */
  public inEnvironment(name: string): void {
    checks.noValues(this, "environment", name);
    if (typeof name !== "string" || isToken(name) || !ENVIRONMENT_NAME.test(name)) {
      throw errors.malformedGuardrail(this, "environment", name, ENVIRONMENT_RULE);
    }
    this.environment = name;
    this.declare();
  }

  /** Lets one key break one guardrail of this scope, or of a scope within it, until a day. */
  public except(exception: GuardrailExceptionProps): void {
    this.exemptions.push({ ...this.checked(exception), declaredAt: this });
    this.declare();
  }

  private declare(): void {
    const { scope } = this.node;
    const { guardrails, exemptions, environment } = this;
    if (scope !== undefined) Declarations.of(this)._addScope({ scope, guardrails, exemptions, environment });
  }

  private checked(exception: GuardrailExceptionProps): GuardrailExceptionProps {
    checks.noValues(this, "", exception);
    const { rule, key, reason, approver, until } = exception;
    for (const [prop, value] of Object.entries({ rule, key, reason, approver, until })) {
      if (isToken(value)) throw errors.tokenNotAllowed(this, prop);
    }
    if (typeof rule !== "string" || rule === "" || guardrailRule(rule)?.of === "exception") {
      const ids = Object.entries(GUARDRAIL_RULES).flatMap(([id, facts]) => (facts.of === "exception" ? [] : [id]));
      throw errors.malformedException(this, "rule", rule, `${ids.join(", ")}, or a guardrail of your own`);
    }
    if (typeof key !== "string" || key === "") {
      throw errors.malformedException(this, "key", key, "the name of a key's secret, or an issuer's prefix");
    }
    if (typeof reason !== "string" || reason.trim() === "") {
      throw errors.malformedException(this, "reason", reason, "a sentence");
    }
    if (typeof approver !== "string" || !OWNER.test(approver)) {
      throw errors.malformedException(this, "approver", approver, OWNER_RULE);
    }
    if (!isDay(until)) throw errors.malformedException(this, "until", until, "a day such as 2027-03-31");
    if (this.exemptions.some((other) => other.rule === rule && other.key === key)) {
      throw errors.malformedException(
        this,
        "key",
        `${key}, twice for ${rule}`,
        "one exception for each guardrail and key",
      );
    }
    return { rule, key, reason, approver, until };
  }
}

const ID = "key-guardrails";

function isDay(text: string): boolean {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
