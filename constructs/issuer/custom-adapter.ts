import { ADAPTER_MAX_BYTES, AdapterFileError, customVendor, readAdapterFile, runAdapterFile } from "../../src/custom";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import * as checks from "../checks";
import * as errors from "../errors";
import { isToken } from "../terraform";

/**
 * Code that speaks to a vendor of the user's own.
 *
 * @example
 * CustomAdapter.fromFile("adapters/acme.js");
 */
export class CustomAdapter {
  /**
   * @param path of one CommonJS file that stands alone and exports `vendor`, a `Vendor` of
   * `cdktf-scoped-keys/adapter`. A relative path starts at the folder in which synthesis runs. The
   * file runs at synthesis, to tell its descriptor, and is deployed as it is.
   */
  public static fromFile(path: string): CustomAdapter {
    return new CustomAdapter(path);
  }

  private constructor(private readonly path: string) {}

  /**
   * @internal
   * @param at the issuer that it is for
   */
  public _load(at: errors.IPlace): { readonly descriptor: VendorDescriptor; readonly code: Uint8Array } {
    if (isToken(this.path)) throw errors.tokenNotAllowed(at, "adapter");
    checks.noValues(at, "adapter", this.path);
    const { code, descriptor } = this.read(at);
    const known = vendorDescriptors.find(({ id }) => id === descriptor.id);
    if (known !== undefined) throw errors.adapterOfBuiltInVendor(at, this.path, known.id, known.displayName);
    checks.noValuesInCode(at, "adapter", Buffer.from(code).toString("utf8"), descriptor.valuePrefixes);
    return { descriptor, code };
  }

  private read(at: errors.IPlace): { readonly descriptor: VendorDescriptor; readonly code: Uint8Array } {
    try {
      const code = readAdapterFile(this.path);
      return { code, descriptor: customVendor(runAdapterFile(this.path, code.toString("utf8"))).descriptor };
    } catch (error) {
      if (!(error instanceof AdapterFileError)) throw error;
      const { problem, message } = error;
      if (problem === "unreadable") throw errors.adapterUnreadable(at, this.path, message, ADAPTER_MAX_BYTES);
      if (problem === "not_loaded") throw errors.adapterNotLoaded(at, this.path, message);
      throw errors.adapterMalformed(at, this.path, message);
    }
  }
}
