import { cohereDescriptor } from "../../src/vendors/cohere/descriptor";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { type CommonIssuerProps, KeyIssuer } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

/** What an issuer of keys of Cohere is made of. */
export interface CohereIssuerProps extends CommonIssuerProps {}

/**
 * Issuer of keys that people make and delete in the dashboard of Cohere, which has no API for them:
 * they are declared, handed over with `scoped-keys adopt`, watched, and reminded of before their
 * rotation and their declared expiry. Nothing is enforced per key.
 *
 * Renders what `KeyIssuer` says; its keys have no rotation.
 *
 * @example
 * new CohereIssuer(stack, "cohere", {});
 */
export class CohereIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, cohereDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: CohereIssuerProps) {
    super(scope, id, cohereDescriptor, {}, props);
  }
}
