import { groqDescriptor } from "../../src/vendors/groq/descriptor";
import { type CommonIssuerProps, KeyIssuer } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

export interface GroqIssuerProps extends CommonIssuerProps {}

/**
 * Issuer of keys that people make and delete in the console of Groq, which has no API for them: they are declared, handed over with
 * `scoped-keys adopt`, watched, and reminded of before their rotation and their declared expiry. Nothing is enforced per key.
 *
 * Renders what `KeyIssuer` says; its keys have no rotation.
 */
export class GroqIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: GroqIssuerProps) {
    super(scope, id, groqDescriptor, {}, props);
  }
}
