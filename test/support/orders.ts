import { destroy } from "../../src/engine/commands/destroy";
import { emergencyRevoke } from "../../src/engine/commands/emergency-revoke/emergency-revoke";
import type { Engine } from "../../src/engine/ports";
import { secretName } from "../../src/model/names";

/**
 * An operator's revoke without a successor; with `accountGone` also the operator's word that the
 * account is.
 */
export const stopKey = (engine: Engine, key: string, accountGone?: true) =>
  emergencyRevoke(engine, { action: "revoke", key, successor: false, ...(accountGone ? { accountGone } : {}) });

/** As Terraform orders it; what it sends besides, a destroy does not read. */
export const destroyKey = (engine: Engine, key: string) =>
  destroy(engine, { key, secret: secretName(engine.prefix, key), tf: { action: "delete" } } as Parameters<
    typeof destroy
  >[1]);
