import { togetherDescriptor } from "../../src/vendors/together/descriptor";
import { type CommonIssuerProps, KeyIssuer } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

export interface TogetherIssuerProps extends CommonIssuerProps {}

/**
 * Issuer of keys that people make and delete in the console of Together AI, which has no API for them: they are declared, handed over with
 * `scoped-keys adopt`, watched, and reminded of before their rotation and their declared expiry. Nothing is enforced per key.
 *
 * Renders what `KeyIssuer` says; its keys have no rotation.
 */
export class TogetherIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: TogetherIssuerProps) {
    super(scope, id, togetherDescriptor, {}, props);
  }
}
