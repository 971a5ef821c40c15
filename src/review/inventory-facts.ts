import type { KeyPolicy } from "../model/key-policy";
import type { Replica, Rights } from "./direction";
import type { GuardrailFacts } from "./guardrail-facts";
import type { IssuerFacts } from "./issuer-facts";
import type { Observations } from "./resources";

/** What a snapshot says of one key. */
export interface KeyFacts {
  readonly stack: string;
  /** Name of its secret. */
  readonly name: string;
  /**
   * Of the reconcile invocation; empty for a key that is declared elsewhere, and only read here.
   */
  readonly address: string;
  readonly controllerName: string;
  /**
   * Undefined: not declared here, known only after apply, or written by a release that this one
   * does not understand.
   */
  readonly policy: KeyPolicy | undefined;
  /** As the invocation has it. */
  readonly policyText: string | undefined;
  /** The secret's description, which says in words what the policy says. */
  readonly description: string | undefined;
  readonly kmsKey: string | undefined;
  readonly replicas: readonly Replica[];
  readonly readers: readonly string[];
  readonly resourcePolicy: Rights;
  /** Expression of the schedule; absent: Secrets Manager does not rotate it. */
  readonly schedule: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly repair: string | undefined;
}

export interface Inventory {
  readonly keys: readonly KeyFacts[];
  readonly issuers: readonly IssuerFacts[];
  /** One for each stack that declares keys or issuers. */
  readonly guardrails: readonly GuardrailFacts[];
  readonly observed: ReadonlyMap<string, Observations>;
}
