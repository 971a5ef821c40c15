import type { Edit } from "../support/bundle";

/**
 * One thing that keeps a rotation from losing, leaking or stranding a key; without it chaos must
 * find a counterexample.
 */
export interface Guard {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const LEDGER = "src/ledger/dynamo-ledger.ts";
const RECONCILE = "src/engine/commands/reconcile/reconcile.ts";
const COMPARE = "src/engine/integrity/compare.ts";
const MODELS = "test/chaos/models.ts";

export const GUARDS: readonly Guard[] = [
  {
    name: "lock: one run at a time works on a key",
    edits: [
      { file: "src/ledger/leases.ts", find: "return held ? guard : undefined;", put: "return held ? guard : guard;" },
    ],
  },
  {
    name: "intent record: the token is written down before anything is minted",
    edits: [
      {
        file: "src/engine/issuance/create.ts",
        find: "  await session.save({\n    pending: [...session.withoutPending(token), intent],",
        put: "  if (again) await session.save({\n    pending: [...session.withoutPending(token), intent],",
      },
    ],
  },
  {
    name: "token-named keys: a vendor key's name has a part of its token",
    edits: [{ file: "src/model/names.ts", find: ".update(token)", put: '.update("any")' }],
  },
  {
    name: "compare-and-swap of AWSCURRENT",
    edits: [{ file: MODELS, find: 'if (at !== from) return "moved" as const;', put: "" }],
  },
  {
    name: "compare-and-swap of the ledger's record",
    edits: [
      {
        file: LEDGER,
        find: '{ expression: "guard = :rev", values: { ":rev": record.rev } }',
        put: '{ expression: "attribute_exists(pk)" }',
      },
    ],
  },
  {
    name: "no-retry mint: a mint of unknown outcome is not sent again",
    edits: [
      {
        file: "src/engine/middleware/retrying.ts",
        find: 'new Set(["mint", "rotate", "createOwner"])',
        put: 'new Set(["rotate", "createOwner"])',
      },
    ],
  },
  {
    name: "grace by server time",
    edits: [
      {
        file: "src/engine/middleware/server-clock.ts",
        find: "return this.machineTime() + this.#skewMillis;",
        put: "return this.machineTime();",
      },
    ],
  },
  {
    name: "poisoned pending: a new key that fails its test is given up",
    edits: [
      {
        file: "src/engine/issuance/apply.ts",
        find: "    await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);\n    throw poisonedKey(\n",
        put: "    throw poisonedKey(\n",
      },
      {
        file: "src/engine/issuance/verify.ts",
        find: "if (!inUse) await abandon(session, token, payload.keyId, INCIDENTS.poisonedPending);",
        put: "",
      },
    ],
  },
  {
    name: "lineage check: only keys of this deployment and key are reclaimed",
    edits: [
      {
        file: "src/engine/vendor-keys/ownership.ts",
        find: "  if (!ours && keyOfVendorName(lineage.deployment, found.name) !== record.key) return false;\n",
        put: "",
      },
    ],
  },
  {
    name: "overlap: a superseded key lives on",
    edits: [
      {
        file: "src/engine/issuance/supersede.ts",
        find: "{ keyId: previous.keyId, revokeAfter: now + overlapSeconds, expiresAt: previous.expiresAt },",
        put: "{ keyId: previous.keyId, revokeAfter: now, expiresAt: previous.expiresAt },",
      },
    ],
  },
  {
    name: "retain: marked keys are left alone",
    edits: [
      { file: "src/engine/vendor-keys/protected.ts", find: "if (keyId !== undefined) retained.add(keyId);", put: "" },
    ],
  },
  {
    name: "stop: after a revoke without successor only a plan that says so issues",
    edits: [
      {
        file: RECONCILE,
        find: "if (stopped !== undefined && !event.repair.includes(stopped.id)) {",
        put: "if (stopped !== undefined && event.repair === stopped.id) {",
      },
    ],
  },
  {
    name: "end of a value: written down before it is replaced in place",
    edits: [
      {
        file: "src/engine/issuance/create.ts",
        find: "...(graceSeconds === undefined ? {} : valueEnds(session.record, startedAt + graceSeconds)),",
        put: "",
      },
    ],
  },
  {
    name: "kept slots: a slot that is in use or in its overlap gets no other value",
    edits: [{ file: "src/engine/issuance/mint.ts", find: "...(keep.length === 0 ? {} : { keep }),", put: "" }],
  },
  {
    name: "marks: a policy that no apply was for mints nothing",
    edits: [
      {
        file: "src/engine/integrity/marks.ts",
        find: "return isMarked(versions, policyMark(policy));",
        put: "return true;",
      },
    ],
  },
  {
    name: "marks: what is said of the key in use is what was put into use",
    edits: [{ file: COMPARE, find: "return holds(versions, current) ? {} : { current: true };", put: "return {};" }],
  },
  {
    name: "marks: a destroy is the secret's word too",
    edits: [
      {
        file: "src/engine/commands/destroy.ts",
        find: "return since !== undefined && since + GRACE_SECONDS <= now;",
        put: "return true;",
      },
      {
        file: COMPARE,
        find: 'unfinished?.action === "destroy" && !isDestroyOrdered',
        put: "!isDestroyOrdered && false",
      },
    ],
  },
  {
    name: "marks: an emergency is the secret's word too",
    edits: [
      {
        file: "src/engine/commands/emergency-revoke/carry-out.ts",
        find: "for (const keyId of inSecret?.safe ?? []) doomed.delete(keyId);",
        put: "",
      },
    ],
  },
  {
    name: "marks: a stop is the secret's word too",
    edits: [
      {
        file: "src/engine/issuance/recover/record-check.ts",
        find: "if (stop !== undefined && session.record.stopped?.id !== stop.id)",
        put: "if (stop !== undefined && session.record.stopped === null)",
      },
      {
        file: "src/engine/commands/reconcile/reconcile.ts",
        find: "const stopped = stopOf(secret.versions) ?? session.record.stopped;",
        put: "const stopped = session.record.stopped;",
      },
    ],
  },
  {
    name: "shown at the vendor: what nothing but the ledger calls the key's is not revoked",
    edits: [{ file: "src/engine/vendor-keys/end-vendor-key.ts", find: 'if (proof !== "ours") return proof;', put: "" }],
  },
  {
    name: "shown at the vendor: the ledger's account is the key's",
    edits: [
      {
        file: "src/engine/vendor-keys/owner.ts",
        find: "if (ownerId === undefined || session.shownOwner === ownerId) return ownerId;",
        put: "return ownerId;",
      },
    ],
  },
  {
    name: "overlap by the secret's times: AWSPREVIOUS lives on, whatever the ledger says",
    edits: [
      {
        file: "src/engine/vendor-keys/protected.ts",
        find: "return until > nowSeconds(session.engine.clock) ?",
        put: "return until > Number.MAX_VALUE ?",
      },
    ],
  },
  {
    name: "first value: what AWS puts into use by itself is the word that nothing was issued",
    edits: [
      {
        file: "src/engine/issuance/create.ts",
        find: 'if (origin === "reconcile") await reserveFirst(session);',
        put: "",
      },
    ],
  },
  {
    name: "no verdict: a vendor key of which the vendor says nothing certain is not put into use",
    edits: [
      {
        file: "src/engine/issuance/verify.ts",
        find: "if (error instanceof VendorError) throw keyNotTestedYet(key, error);",
        put: 'if (error instanceof VendorError) return { outcome: "works", evidence: "", scopeProven: false } as const;',
      },
    ],
  },
  {
    name: "late activation: a vendor key that the vendor does not know yet is not put into use",
    edits: [
      {
        file: "src/engine/issuance/verify.ts",
        find: 'if (result.outcome === "works") {',
        put: 'if (result.outcome === "works" || result.outcome === "refused") {',
      },
    ],
  },
  {
    name: "dead is what was seen dead: a value that works on is not dead",
    edits: [
      {
        file: "src/engine/vendor-keys/seen-dead.ts",
        find: 'if (outcome === "works") return { dead: false, until: Math.max(until, now) };',
        put: "",
      },
    ],
  },
  {
    name: "an order outlives the ledger: an emergency without a successor is a stop by itself",
    edits: [
      {
        file: "src/engine/integrity/marks.ts",
        find: "if (emergency === undefined || emergency.successor) return undefined;",
        put: "if (emergency !== null) return undefined;",
      },
    ],
  },
  {
    name: "an order outlives the ledger: an apply writes it down again",
    edits: [{ file: RECONCILE, find: "await recallRevocation(session, versions);", put: "" }],
  },
  {
    name: "an order outlives the ledger: what an operator revoked is not in sync",
    edits: [
      {
        file: "src/engine/commands/observe/secret-differences.ts",
        find: "if (strategyOf(evidence.vendor.descriptor).issues) drift.push(...emergencySentences(secret.value));",
        put: "",
      },
    ],
  },
  {
    name: "what was stopped does not come back, also where its account does",
    edits: [
      {
        file: RECONCILE,
        find: "return condemnAgain(session, await liftEmergency(session, versions));",
        put: "return liftEmergency(session, versions);",
      },
    ],
  },
  {
    name: "account gone: nothing is taken for dead without the vendor's word",
    edits: [
      {
        file: "src/engine/vendor-keys/proven-gone.ts",
        find: "if (evidence === undefined) throw",
        put: 'evidence ??= "somebody says so"; if (evidence === undefined) throw',
      },
    ],
  },
  {
    name: "shorter life: what ends before the policy says is not in sync",
    edits: [
      {
        file: "src/engine/commands/observe/vendor-differences.ts",
        find: "const short = shortLife(evidence.vendor, current, record.policy);",
        put: "const short = shortLife(evidence.vendor, undefined, record.policy);",
      },
      {
        file: RECONCILE,
        find: "const short = shortLife(engine.vendor, session.record.current, policy);",
        put: "const short = shortLife(engine.vendor, undefined, policy);",
      },
    ],
  },
  {
    name: "shorter life: a sweep looks at the vendor's end",
    edits: [
      {
        file: "src/engine/issuance/expiry.ts",
        find: "return ends !== undefined && ends < current.expiresAt - EXPIRY_TOLERANCE_SECONDS ? ends : undefined;",
        put: "return undefined;",
      },
    ],
  },
  {
    name: "shorter life: an end that is near waits for no schedule",
    edits: [
      { file: "src/engine/issuance/recover/missed-rotation.ts", find: "if (early <= now) return !tried;", put: "" },
    ],
  },
  {
    name: "what is taken over from a lost ledger is tested",
    edits: [
      {
        file: "src/engine/issuance/recover/lost-ledger.ts",
        find: "    versionId,\n    // By the secret",
        put: "    versionId,\n    testedAt: nowSeconds(engine.clock),\n    // By the secret",
      },
    ],
  },
  {
    name: "an edit of the secret is told by the next sweep",
    edits: [
      {
        file: "src/engine/issuance/recover/record-check.ts",
        find: "await session.open(INCIDENTS.secretEdited);",
        put: "",
      },
    ],
  },
];
