import { mistralDescriptor } from "../../src/vendors/mistral/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

/** What an issuer of keys of Mistral is made of. */
export interface MistralIssuerProps extends KeyIssuerProps {
  /**
   * Workspace that keys are minted in, a UUID; may be a token. Shown by `GET /v1/admin/workspaces`,
   * and in the address of the workspace's page in the Admin Panel.
   */
  readonly workspaceId: string;
  /**
   * Member of the workspace whom keys are minted for, a UUID; may be a token. Shown by
   * `GET /v1/admin/users`. Best a member of its own, so that keys outlive the person who declared
   * them.
   */
  readonly userId: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_RULE = "a UUID in lower case";

/**
 * Issuer of keys of one Mistral workspace. Mistral enforces an expiry per key, and nothing else: a
 * key may do all that its workspace may. An expiry is a date, so a key lives up to a day longer
 * than declared. `adminKey` is an Admin API key, made in the Backoffice.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new MistralIssuer(stack, "mistral", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/mistral"),
 *   workspaceId: "11111111-2222-3333-4444-555555555555",
 *   userId: "11111111-2222-3333-4444-555555555555",
 * });
 */
export class MistralIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, mistralDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: MistralIssuerProps) {
    const { workspaceId, userId } = props;
    super(scope, id, mistralDescriptor, { workspaceId, userId }, props);
    const where = (list: string) => `the answer of GET /v1/admin/${list}, or Mistral's Admin Panel`;
    checks.setting(this, "workspaceId", workspaceId, UUID, UUID_RULE, where("workspaces"));
    checks.setting(this, "userId", userId, UUID, UUID_RULE, where("users"));
  }
}
