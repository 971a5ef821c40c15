import { deploymentName, KEY_NAME, KEY_NAME_RULE, vendorKeyName } from "../../src/model/names";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import * as errors from "../errors";
import type { IConstruct } from "../terraform";

/** What names follow from. */
interface NamedIssuer {
  readonly prefix: string;
  readonly _vendor: VendorDescriptor;
}

/** Names of the keys that an app declares for one issuer. */
export class KeyNames {
  /** Paths of the constructs, by name of the key. */
  private readonly paths = new Map<string, string>();

  public constructor(private readonly issuer: NamedIssuer) {}

  /** Takes a key in, or refuses its name. */
  public add(key: IConstruct, keyName: string): void {
    if (!KEY_NAME.test(keyName)) throw errors.malformedKeyName(key, keyName, KEY_NAME_RULE);
    const other = this.paths.get(keyName);
    if (other !== undefined) throw errors.duplicateKeyName(key, keyName, other);
    const { prefix } = this.issuer;
    const { keysMax, displayName, keyNamePattern } = this.issuer._vendor;
    if (keysMax !== undefined && this.paths.size >= keysMax) {
      throw errors.tooManyKeys(key, displayName, keysMax, [...this.paths.values()]);
    }
    // Lineage and token part are hashes of constant length.
    const nameAtVendor = vendorKeyName(deploymentName(prefix, "00000000"), keyName, "");
    if (!keyNamePattern.test(nameAtVendor)) {
      throw errors.vendorRefusesName(key, displayName, nameAtVendor, keyNamePattern.source);
    }
    this.paths.set(keyName, key.node.path);
  }
}
