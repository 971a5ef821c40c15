import type { KeyPolicy } from "../../src/model/key-policy";
import type { CheckedRole } from "../access/grantee";
import type { IKeyIssuer } from "../issuer/issuer";
import type { KeyReplica } from "../key/replica";
import type { IConstruct, SecretsmanagerSecret } from "../terraform";

/** A key, as guardrails see it. */
export interface KeyDeclaration {
  readonly construct: IConstruct;
  readonly keyName: string;
  readonly secretName: string;
  readonly policy: KeyPolicy;
  readonly issuer: IKeyIssuer;
  readonly kmsKeyArn: string | undefined;
  readonly replicas: readonly KeyReplica[];
  readonly readers: readonly CheckedRole[];
  readonly secret: SecretsmanagerSecret;
  /** Terraform text that the secret was given as its resource policy. */
  readonly secretPolicy: string;
  /** Whether that policy denies the value to everybody else. */
  readonly declaredReadersOnly: boolean;
}

/** A key of elsewhere that is read here. */
export type ImportedDeclaration = Pick<KeyDeclaration, "construct" | "secretName" | "readers">;

/**
 * Something that a rule asks for and that nothing in this app says. It is told, and fails no
 * synthesis.
 */
export class NotKnown {
  public constructor(public readonly text: string) {}
}

/** What a rule may ask about everything else that is declared. */
export interface IGuardrailContext {
  /** Name of the innermost environment that the construct is in. */
  environmentOf(construct: IConstruct): string | undefined;
  /** Everything that the key is granted. */
  readersOf(key: KeyDeclaration): readonly CheckedRole[];
  /** Environments in which the key is declared, referred to or read. */
  environmentsOf(key: KeyDeclaration): string[];
  /**
   * Tags of the key's secret as far as synthesis knows them, without those of the library's own.
   */
  tagsOf(key: KeyDeclaration): { readonly [name: string]: string };
  /**
   * What the issuer's admin key is used for, by all issuers that have it; undefined where the
   * vendor has none.
   */
  adminKeyUse(issuer: IKeyIssuer): AdminKeyUse | undefined;
}

export interface AdminKeyUse {
  readonly name: string;
  readonly issuers: string[];
  readonly environments: Set<string>;
}
