import type { Telemetry } from "../engine/ports";
import { adminKeyRefused, adminQueueFull, ScopedKeysRuntimeError, subjectOf, vendorFailed } from "../model/errors";
import { METRICS } from "../model/metrics";
import { redact, shorten } from "../model/redact";
import { VendorError } from "../model/vendor-error";
import type { Vendor } from "../vendors/vendor";

const MESSAGE_MAX_LENGTH = 1_000;
/** Code and name of the error that the vendor refuses the admin key. */
export const ADMIN_KEY_REFUSED = "SK206";

/**
 * What a caller may see of an error. Lambda hands it to Terraform's console and to CloudWatch, so
 * it is redacted, and it has no stack and no cause: those may quote a request.
 */
export function presentable(
  error: unknown,
  about: {
    key: string;
    adminSecret: string | undefined;
    vendor: Pick<Vendor, "descriptor">;
    telemetry?: Telemetry;
    redact?: (text: string) => string;
  },
): Error {
  const typed = typedError(error, about);
  if (typed.code === ADMIN_KEY_REFUSED) about.telemetry?.metric(METRICS.adminKeyRefused, 1);
  const shown = new Error((about.redact ?? redact)(typed.message));
  shown.name = typed.code;
  shown.stack = "";
  return shown;
}

function typedError(
  error: unknown,
  { key, adminSecret, vendor }: { key: string; adminSecret: string | undefined; vendor: Pick<Vendor, "descriptor"> },
): { code: string; message: string } {
  if (error instanceof ScopedKeysRuntimeError) return error;
  if (error instanceof VendorError && error.kind === "admin_refused") {
    return adminKeyRefused(
      adminSecret,
      vendor.descriptor.displayName,
      vendor.descriptor.adminPermission,
      error.message,
    );
  }
  if (error instanceof VendorError && error.kind === "queue_timeout") {
    return adminQueueFull(key, vendor.descriptor.displayName, error.message, error);
  }
  if (error instanceof VendorError) return vendorFailed(key, vendor.descriptor.displayName, error.message, error);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : "an unknown error";
  return {
    code: "SK200",
    message: `[SK200] ${subjectOf(key)}: ${shorten(text, MESSAGE_MAX_LENGTH)}. Run again. The ledger remembers what is half done, and the next run finishes it.`,
  };
}
