import { huggingFaceDescriptor } from "../../src/vendors/huggingface/descriptor";
import { type CommonIssuerProps, KeyIssuer } from "../issuer/key-issuer";
import type { Construct } from "../terraform";

export interface HuggingFaceIssuerProps extends CommonIssuerProps {}

/**
 * Issuer of keys that people make and delete in the settings of Hugging Face, which has no API for them: they are declared, handed over with
 * `scoped-keys adopt`, watched, and reminded of before their rotation and their declared expiry. Nothing is enforced per key.
 *
 * Renders what `KeyIssuer` says; its keys have no rotation.
 */
export class HuggingFaceIssuer extends KeyIssuer {
  public constructor(scope: Construct, id: string, props: HuggingFaceIssuerProps) {
    super(scope, id, huggingFaceDescriptor, {}, props);
  }
}
