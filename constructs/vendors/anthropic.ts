import { anthropicDescriptor } from "../../src/vendors/anthropic/descriptor";
import * as checks from "../checks";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import { declareProjectLimits } from "../issuer/project-limits";
import type { Spend } from "../key/limits";
import type { Construct } from "../terraform";

/** What an issuer of keys of Anthropic is made of. */
export interface AnthropicIssuerProps extends KeyIssuerProps {
  /**
   * Workspace whose keys these are, `wrkspc_…`; may be a token. Keys of other workspaces are not
   * seen.
   * @default - all of the organisation's keys are seen
   */
  readonly workspaceId?: string;
  /**
   * What holds for the whole workspace, and so for each of its keys; needs `workspaceId`. What is
   * not declared is left as it is at Anthropic, also when it was declared before.
   * @default - everything is left as it is
   */
  readonly workspace?: AnthropicWorkspaceProps;
}

/** What Anthropic enforces for a whole workspace; at least one of these. */
export interface AnthropicWorkspaceProps {
  /** @default - left as they are */
  readonly rateLimits?: readonly AnthropicRateLimit[];
  /**
   * Anthropic refuses calls beyond it until the month is over. `Spend.perMonth(…)`. Early access:
   * Anthropic's account team has to let the organisation write spend limits through the API.
   * @default - left as it is
   */
  readonly spend?: Spend;
}

/**
 * Rates of one group of models in a workspace; at least one of the three. The organisation's own
 * limit holds where it is lower.
 */
export interface AnthropicRateLimit {
  /**
   * Any model of the group, the group's id (`rlg_…`), or its type where it holds no models, such as
   * `batch`.
   */
  readonly group: string;
  /** @default - left as it is */
  readonly requestsPerMinute?: number;
  /**
   * Counted as the organisation's own limit counts them: for current models without what is read
   * from the cache.
   * @default - left as it is
   */
  readonly inputTokensPerMinute?: number;
  /** @default - left as it is */
  readonly outputTokensPerMinute?: number;
}

const WORKSPACE_ID = /^wrkspc_[A-Za-z0-9]{1,64}$/;

/**
 * Issuer of keys of one Anthropic organisation, or of one of its workspaces. Anthropic's API makes
 * no keys: a person makes each in the Console, with the expiry that the declaration says, and
 * brings its value; from there on it is put in use, watched, and archived when its successor's
 * overlap is over. Expiry is enforced per key; rate limits and spend per workspace: declare them as
 * `workspace`.
 *
 * Renders what `KeyIssuer` says and, for `workspace`, an `aws_lambda_invocation`.
 *
 * @example
 * new AnthropicIssuer(stack, "anthropic", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/anthropic"),
 *   workspaceId: "wrkspc_01",
 * });
 */
export class AnthropicIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, anthropicDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: AnthropicIssuerProps) {
    const { workspaceId, workspace } = props;
    super(scope, id, anthropicDescriptor, workspaceId === undefined ? {} : { workspaceId }, props);
    const rule = '"wrkspc_" followed by letters and digits';
    const where = "the Console: Settings, Workspaces";
    if (workspaceId !== undefined) checks.setting(this, "workspaceId", workspaceId, WORKSPACE_ID, rule, where);
    if (workspace === undefined) return;
    if (workspaceId === undefined) throw errors.malformedSetting(this, "workspaceId", workspaceId, rule, where);
    declareProjectLimits(this, "workspace", workspaceId, workspace);
  }
}
