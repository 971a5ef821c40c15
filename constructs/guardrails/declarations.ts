import type { CheckedRole } from "../access/grantee";
import type { IKeyIssuer } from "../issuer/issuer";
import { Construct, type IConstruct, stackOf, type TerraformStack } from "../terraform";
import { checkGuardrails } from "./check";
import type { GuardedScope, IDeclared } from "./declared";
import type { ImportedDeclaration, KeyDeclaration } from "./key-declaration";
import { refuseOtherOutput } from "./output";

/**
 * All keys, issuers and guardrails of an app, wherever they are. Renders nothing but, in stacks
 * with guarded keys, the output `scoped_keys_guardrails`.
 */
export class Declarations extends Construct implements IDeclared {
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
  public readonly _issuers: IKeyIssuer[] = [];
  /** @internal */
  public readonly _scopes = new Map<IConstruct, GuardedScope>();

  /** @internal what each stack's output was written as */
  public readonly _outputs = new Map<TerraformStack, string>();

  private readonly stacks = new Set<TerraformStack>();
  private readonly noted = new Set<string>();
  private changed = true;

  public get root(): IConstruct {
    return this.node.root;
  }

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    // Where no stack has a key there are exceptions to look at all the same. CDKTF asks the app
    // last.
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
  public _addIssuer(issuer: IKeyIssuer): void {
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
    // Validations and not aspects: they run behind all aspects of the stack, which may declare
    // keys, and are asked once.
    stack.node.addValidation({ validate: () => this.check(stack) });
  }

  /**
   * The first stack that CDKTF asks answers for all: what is broken anywhere is reported together.
   */
  private check(stack: TerraformStack | undefined): string[] {
    for (const watched of this.stacks) refuseOtherOutput(watched, this._outputs.get(watched));
    if (this._scopes.size === 0 || !this.changed) return [];
    checkGuardrails(this, stack);
    this.changed = false;
    return [];
  }
}

const ID = "scoped-keys-declarations";
