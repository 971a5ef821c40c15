import type { IKeyIssuer } from "../issuer/issuer";
import type { IConstruct, TerraformStack } from "../terraform";
import type { Exemption } from "./exception";
import type { Guardrail } from "./guardrail";
import type { ImportedDeclaration, KeyDeclaration } from "./key-declaration";

/** What is declared for all below one scope. */
export interface GuardedScope {
  readonly scope: IConstruct;
  readonly guardrails: readonly Guardrail[];
  readonly exemptions: readonly Exemption[];
  readonly environment: string | undefined;
}

/** All that an app declares, as a check of its guardrails sees it. */
export interface IDeclared {
  readonly root: IConstruct;
  readonly _keys: readonly KeyDeclaration[];
  readonly _imported: readonly ImportedDeclaration[];
  readonly _issuers: readonly IKeyIssuer[];
  readonly _scopes: ReadonlyMap<IConstruct, GuardedScope>;
  /** What each stack's output was written as. */
  readonly _outputs: Map<TerraformStack, string>;
  /** Whether a note is made for the first time. */
  _noteOnce(stack: TerraformStack, text: string): boolean;
}
