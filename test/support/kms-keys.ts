import type { KmsKeys } from "../../src/engine/ports";

/** KMS keys of a world in which nobody disables any. */
export const ENABLED_KMS_KEYS: KmsKeys = { describe: async (kmsKey) => ({ arn: kmsKey, state: "Enabled" }) };
