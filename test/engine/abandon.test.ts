import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { abandon } from "../../src/engine/issuance/abandon";
import { KeySession } from "../../src/engine/key-session";
import { nowSeconds } from "../../src/engine/ports";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";

const KEY = "summariser";

describe("giving up what was rotated in place", () => {
  test("leaves a vendor key alone that has its overlap by the ledger, also where the secret tells nothing of it any more", async () => {
    // GIVEN a vendor key whose value was replaced in place, and two edits of the secret by hand
    // since
    const harness = new EngineHarness();
    harness.secret.exists = true;
    await reconcile(harness.engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: policyOf(),
      repair: "none",
      tf: { action: "create", prev_input: null },
    });
    const keyId = parseSecretPayload(harness.secret.currentValue() ?? "")?.keyId ?? "";
    for (const value of ["by hand", "by hand once more"]) harness.secret.edit(harness.token(), value);
    const record = await harness.engine.ledger.get(KEY);
    if (record?.current === undefined) throw new Error("nothing was issued");
    const startedAt = nowSeconds(harness.engine.clock);
    const token = harness.token();
    const session = new KeySession(harness.engine, record);
    await session.save({
      current: undefined,
      superseded: [{ keyId, revokeAfter: startedAt + 3_600, expiresAt: record.current.expiresAt }],
      pending: [{ token, origin: "rotation", startedAt, keyId }],
    });

    // WHEN
    await abandon(session, token, keyId);

    // THEN
    expect(harness.vendor.keys.has(keyId)).toBe(true);
    expect(session.record.pending).toEqual([]);
  });
});
