import { fireworksDescriptor } from "../../src/vendors/fireworks/descriptor";
import * as checks from "../checks";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { KeyIssuer, type KeyIssuerProps } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

/** What an issuer of keys of Fireworks AI is made of. */
export interface FireworksIssuerProps extends KeyIssuerProps {
  /**
   * Account that keys are minted in, e.g. `my-company`; may be a token. Shown by
   * `firectl account get`, and in the account's settings.
   */
  readonly accountId: string;
  /**
   * User whom keys are minted for, and whose role says what they may do; may be a token. Shown by
   * `firectl user list`. Best a service account of its own, with the role `inference-user`: every
   * key may also manage keys of its own user.
   */
  readonly userId: string;
}

const RESOURCE_ID = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const RESOURCE_ID_RULE = '1 to 63 letters, digits or "-", starting and ending with a letter or digit';

/**
 * Issuer of keys of one Fireworks user. Fireworks enforces an expiry per key; what keys may do is
 * the user's role, what they may spend the account's quota. `adminKey` is a key of a user with the
 * role Admin.
 *
 * Renders what `KeyIssuer` says.
 *
 * @example
 * new FireworksIssuer(stack, "fireworks", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/fireworks"),
 *   accountId: "my-company",
 *   userId: "keys",
 * });
 */
export class FireworksIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, fireworksDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: FireworksIssuerProps) {
    const { accountId, userId } = props;
    super(scope, id, fireworksDescriptor, { accountId, userId }, props);
    checks.setting(this, "accountId", accountId, RESOURCE_ID, RESOURCE_ID_RULE, "`firectl account get`");
    checks.setting(this, "userId", userId, RESOURCE_ID, RESOURCE_ID_RULE, "`firectl user list`");
  }
}
