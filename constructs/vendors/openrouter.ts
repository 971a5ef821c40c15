import { openRouterDescriptor } from "../../src/vendors/openrouter/descriptor";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { type Construct, isToken } from "../terraform";

/** What an issuer of keys of OpenRouter is made of. */
export interface OpenRouterIssuerProps extends KeyIssuerProps {
  /**
   * Workspace that keys are minted in, a UUID; may be a token.
   * @default - the account's default workspace
   */
  readonly workspaceId?: string;
}

const WORKSPACE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Issuer of keys of one OpenRouter workspace. OpenRouter enforces a spend limit, models and expiry
 * per key; each declared key gets a guardrail of its own, which holds its models and is given to
 * the successor at each rotation. There are no scopes.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new OpenRouterIssuer(stack, "openrouter", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/openrouter"),
 * });
 */
export class OpenRouterIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, openRouterDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: OpenRouterIssuerProps) {
    const { workspaceId } = props;
    super(scope, id, openRouterDescriptor, workspaceId === undefined ? {} : { workspaceId }, props);
    if (workspaceId === undefined || isToken(workspaceId)) return;
    if (!WORKSPACE_ID.test(workspaceId)) throw errors.malformedWorkspaceId(this, workspaceId);
  }
}
