import { openRouterDescriptor } from "../../src/vendors/openrouter/descriptor";
import * as errors from "../errors";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { type Construct, isToken } from "../terraform";

export interface OpenRouterIssuerProps extends KeyIssuerProps {
  /**
   * Workspace that keys are minted in, a UUID; may be a token.
   * @default - the account's default workspace
   */
  readonly workspaceId?: string;
}

const WORKSPACE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Issuer of keys of one OpenRouter workspace. OpenRouter enforces a spend limit, models and expiry per key; each declared key gets a guardrail
 * of its own, which holds its models and is given to the successor at each rotation. There are no scopes.
 *
 * Renders what `KeyIssuer` says.
 */
export class OpenRouterIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: OpenRouterIssuerProps) {
    const { workspaceId } = props;
    super(scope, id, openRouterDescriptor, workspaceId === undefined ? {} : { workspaceId }, props);
    if (workspaceId === undefined || isToken(workspaceId)) return;
    if (!WORKSPACE_ID.test(workspaceId)) throw errors.malformedWorkspaceId(this, workspaceId);
  }
}
