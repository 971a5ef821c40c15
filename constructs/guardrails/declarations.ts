import type { KeyPolicy } from "../../src/model/key-policy";
import type { CheckedRole } from "../access/grantee";
import type { KeyIssuer } from "../issuer/key-issuer";
import type { KeyReplica } from "../key/replica";
import { Construct, type IConstruct, type SecretsmanagerSecret, stackOf, type TerraformStack } from "../terraform";
import { checkGuardrails, type Exemption } from "./check";
import type { Guardrail } from "./guardrail";
import { refuseOtherOutput } from "./output";

/** A key, as guardrails see it. */
export interface KeyDeclaration {
  readonly construct: IConstruct;
  readonly keyName: string;
  readonly secretName: string;
  readonly policy: KeyPolicy;
  readonly issuer: KeyIssuer;
  readonly kmsKeyArn: string | undefined;
  readonly replicas: readonly KeyReplica[];
  readonly tags: { readonly [name: string]: string };
  readonly readers: readonly CheckedRole[];
  readonly secret: SecretsmanagerSecret;
  /** Terraform text that the secret was given as its resource policy. */
  readonly secretPolicy: string;
  /** Whether that policy denies the value to everybody else. */
  readonly declaredReadersOnly: boolean;
}

/** A key of elsewhere that is read here. */
export type ImportedDeclaration = Pick<KeyDeclaration, "construct" | "secretName" | "readers">;

/** What is declared for all below one scope. */
export interface GuardedScope {
  readonly scope: IConstruct;
  readonly guardrails: readonly Guardrail[];
  readonly exemptions: readonly Exemption[];
  readonly environment: string | undefined;
}

/**
 * All keys, issuers and guardrails of an app, wherever they are. Renders nothing but, in stacks with guarded keys, the output
 * `scoped_keys_guardrails`.
 */
export class Declarations extends Construct {
  /** Those of the app that the construct is in; made when first asked for. */
  public static of(construct: IConstruct): Declarations {
    const { root } = construct.node;
    const found = root.node.tryFindChild(ID);
    return found instanceof Declarations ? found : new Declarations(root as Construct, ID);
  }

  /** @internal */
  public readonly _keys: KeyDeclaration[] = [];
  /** @internal */
  public readonly _imported: ImportedDeclaration[] = [];
  /** @internal */
  public readonly _issuers: KeyIssuer[] = [];
  /** @internal */
  public readonly _scopes = new Map<IConstruct, GuardedScope>();

  /** @internal what each stack's output was written as */
  public readonly _outputs = new Map<TerraformStack, string>();

  private readonly stacks = new Set<TerraformStack>();
  private readonly noted = new Set<string>();
  private changed = true;

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    // Where no stack has a key there are exceptions to look at all the same. CDKTF asks the app last.
    scope.node.addValidation({ validate: () => this.check(undefined) });
  }

  /** @internal */
  public _addKey(key: KeyDeclaration): void {
    this._keys.push(key);
    this.watch(key.construct);
  }

  /** @internal */
  public _addImported(key: ImportedDeclaration): void {
    this._imported.push(key);
    this.watch(key.construct);
  }

  /** @internal who is granted the key in other places of the app */
  public _readersElsewhere(secretName: string): CheckedRole[] {
    return this._imported.filter((key) => key.secretName === secretName).flatMap(({ readers }) => readers);
  }

  /** @internal */
  public _addIssuer(issuer: KeyIssuer): void {
    this._issuers.push(issuer);
    this.watch(issuer);
  }

  /** @internal */
  public _addScope(scope: GuardedScope): void {
    this._scopes.set(scope.scope, scope);
    this._changed();
  }

  /** @internal what was checked has to be checked again */
  public _changed(): void {
    this.changed = true;
  }

  /** @internal whether a note is made for the first time */
  public _noteOnce(stack: TerraformStack, text: string): boolean {
    const told = `${stack.node.path}\n${text}`;
    if (this.noted.has(told)) return false;
    this.noted.add(told);
    return true;
  }

  private watch(construct: IConstruct): void {
    this._changed();
    const stack = stackOf(construct);
    if (this.stacks.has(stack)) return;
    this.stacks.add(stack);
    // Validations and not aspects: they run behind all aspects of the stack, which may declare keys, and are asked once.
    stack.node.addValidation({ validate: () => this.check(stack) });
  }

  /** The first stack that CDKTF asks answers for all: what is broken anywhere is reported together. */
  private check(stack: TerraformStack | undefined): string[] {
    for (const watched of this.stacks) refuseOtherOutput(watched, this._outputs.get(watched));
    if (this._scopes.size === 0 || !this.changed) return [];
    checkGuardrails(this, stack);
    this.changed = false;
    return [];
  }
}

const ID = "scoped-keys-declarations";
