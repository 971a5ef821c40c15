import { anthropicDescriptor } from "../../src/vendors/anthropic/descriptor";
import * as checks from "../checks";
import { KeyIssuer, type KeyIssuerProps } from "../key-issuer";
import type { Construct } from "../terraform";

export interface AnthropicIssuerProps extends KeyIssuerProps {
  /**
   * Workspace whose keys these are, `wrkspc_…`; may be a token. Keys of other workspaces are not seen.
   * @default - all of the organisation's keys are seen
   */
  readonly workspaceId?: string;
}

const WORKSPACE_ID = /^wrkspc_[A-Za-z0-9]{1,64}$/;

/**
 * Issuer of keys of one Anthropic organisation, or of one of its workspaces. Anthropic's API makes no keys: a person makes each in the
 * Console, with the expiry that the declaration says, and brings its value; from there on it is put in use, watched, and archived when its
 * successor's overlap is over. Expiry is enforced per key; models, rate limits and spend per workspace.
 *
 * Renders what `KeyIssuer` says.
 */
export class AnthropicIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: AnthropicIssuerProps) {
    const { workspaceId } = props;
    super(scope, id, anthropicDescriptor, workspaceId === undefined ? {} : { workspaceId }, props);
    if (workspaceId === undefined) return;
    const rule = '"wrkspc_" followed by letters and digits';
    checks.setting(this, "workspaceId", workspaceId, WORKSPACE_ID, rule, "the Console: Settings, Workspaces");
  }
}
