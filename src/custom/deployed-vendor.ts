import { join } from "node:path";
import { brokenAdapter } from "../model/errors";
import { dataUrlOf } from "../vendors/data-url";
import type { Vendor } from "../vendors/vendor";
import { AdapterFileError, readAdapterFile, runAdapterFile } from "./adapter-file";
import { customVendor } from "./custom-vendor";

/** Beside the code of a function. */
export const ADAPTER_FILE = "adapter.js";

/**
 * The vendor of the adapter that was deployed with a function. Loaded when it is first asked for
 * and not before, so that one that cannot be loaded is an error of that call, which has changed
 * nothing, and not the end of the process.
 */
export function deployedVendor(folder: string): Vendor {
  let loaded: Vendor | undefined;
  const vendor = (): Vendor => {
    loaded ??= load(join(folder, ADAPTER_FILE));
    return loaded;
  };
  return {
    get descriptor() {
      return vendor().descriptor;
    },
    dataUrl: (settings) => dataUrlOf(vendor(), settings),
    connect: (connection) => vendor().connect(connection),
  };
}

function load(path: string): Vendor {
  try {
    return customVendor(runAdapterFile(path, readAdapterFile(path).toString("utf8")));
  } catch (error) {
    if (error instanceof AdapterFileError) throw brokenAdapter(error.message);
    throw error;
  }
}
