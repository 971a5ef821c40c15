import { judge } from "../../src/engine/commands/observe/drift";
import type { KeyObservation } from "../../src/engine/commands/observe/key-observation";
import { ENCRYPTION_FINE } from "../../src/engine/integrity/encryption";
import { destroyMark, keyMark, ownerMark, policyMark } from "../../src/engine/integrity/marks";
import type { SecretState } from "../../src/engine/ports";
import { defined } from "../../src/model/defined";
import { REPAIR_MAX_LENGTH } from "../../src/model/events";
import { policyDigest } from "../../src/model/key-policy";
import type { KeyRecord } from "../../src/model/key-record";
import { secretAddress } from "../../src/model/scheduled-deletion";
import { isoSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { CURRENT, PENDING } from "../../src/secrets/labels";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";
import type { VendorKey } from "../../src/vendors/vendor";
import { DEPLOYMENT, PREFIX, policyOf } from "../support/engine";

const NOW = Date.UTC(2026, 10, 23, 12) / 1_000;
const ISSUED = NOW - 2 * SECONDS_PER_DAY;
const EXPIRES = ISSUED + 14 * SECONDS_PER_DAY;
const SEEN = " (seen 2026-11-23T12:00:00.000Z)";
const POLICY = policyOf();
const SCOPES = POLICY.scopes ?? [];
const UNROTATED = policyOf({ lifetime: { overlapSeconds: 0, expirySeconds: 14 * SECONDS_PER_DAY } });

const CURRENT_KEY = { keyId: "key_1", versionId: "v1", issuedAt: ISSUED, expiresAt: EXPIRES, testedAt: ISSUED };
const RECORD: KeyRecord = {
  schema: 1,
  key: "summariser",
  rev: 7,
  policy: POLICY,
  repair: "none",
  ownerId: "owner_1",
  current: CURRENT_KEY,
  pending: [],
  superseded: [],
};
const AT_VENDOR: VendorKey = {
  id: "key_1",
  name: `${DEPLOYMENT}/summariser/0123456789ab`,
  createdAt: ISSUED,
  expiresAt: EXPIRES,
  ownerId: "owner_1",
};
const SECRET: SecretState = { arn: "arn", rotationEnabled: true, versions: { v1: [CURRENT], v0: ["AWSPREVIOUS"] } };

const SCHEDULED_ARN = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${PREFIX}/summariser-AbCdEf`;
const SCHEDULED: Partial<KeyObservation> = {
  deletion: { value: { arn: SCHEDULED_ARN, deletedDate: NOW + 7 * 86_400 } },
};
const SCHEDULED_WORDS =
  `its secret is scheduled for deletion (DeletedDate ${isoSeconds(NOW + 7 * 86_400)}), and Terraform cannot make it again: ` +
  `run "aws secretsmanager restore-secret --secret-id ${PREFIX}/summariser --region eu-central-1", then in the stack's folder ` +
  `"terraform import ${secretAddress(PREFIX, "summariser")} ${SCHEDULED_ARN}", then apply`;

/** All as applied, but for what a test changes. */
function evidence(change: Partial<KeyObservation> = {}): KeyObservation {
  return withMarks({
    key: "summariser",
    declared: policyDigest(POLICY),
    prefix: PREFIX,
    deployment: DEPLOYMENT,
    vendor: { descriptor: openAiDescriptor },
    record: RECORD,
    secret: { value: SECRET },
    encryption: ENCRYPTION_FINE,
    vendorKeys: { value: [AT_VENDOR] },
    scopeChanges: { value: [] },
    nowMillis: NOW * 1_000,
    ...change,
  });
}

/** The secret as the controller has marked it when it wrote that record. */
function withMarks(found: KeyObservation): KeyObservation {
  const { record, secret } = found;
  if (record === undefined || !("value" in secret) || secret.value === undefined) return found;
  const { arn, rotationEnabled, versions } = secret.value;
  const marked = Object.entries(versions).map(([id, labels]) => [
    id,
    labels.includes(CURRENT) ? [...labels, ...marksOf(record, id)] : labels,
  ]);
  return { ...found, secret: { value: { arn, rotationEnabled, versions: Object.fromEntries(marked) } } };
}

function marksOf(of: KeyRecord, versionId: string): string[] {
  const { current, pending, policy = POLICY, ownerId = "", unfinished } = of;
  const promoted = pending.find(({ token }) => token === versionId);
  const held = current?.versionId === versionId ? current : promoted;
  if (held?.keyId === undefined) return [];
  const { keyId, issuedAt = 0, expiresAt = 0 } = held;
  const orders = unfinished?.action === "destroy" ? [destroyMark({ since: unfinished.since, done: false })] : [];
  return [
    keyMark({ versionId, keyId, issuedAt, expiresAt }, policy),
    policyMark(policy),
    ownerMark(ownerId),
    ...orders,
  ];
}

const record = (change: Partial<KeyRecord>): { record: KeyRecord } => ({ record: { ...RECORD, ...change } });
const listed = (...keys: VendorKey[]) => ({ vendorKeys: { value: keys } });
const secret = (change: Partial<SecretState>) => ({
  secret: { value: { ...SECRET, ...change } },
});
const withoutExpiry = ({ expiresAt: _, ...key }: VendorKey): VendorKey => key;
const changed = (scopes: string[], actor?: string) => ({
  scopeChanges: {
    value: [{ keyId: "key_1", scopes, at: NOW - 60, ...defined({ actor }) }],
  },
});
const endless = { policy: UNROTATED, current: { ...CURRENT_KEY, expiresAt: NOW - 1 } };
const unrotated = { declared: policyDigest(UNROTATED) };

describe("drift of one key", () => {
  test.each<[string, Partial<KeyObservation>, string]>([
    ["the vendor key was deleted", listed(), "vendor key key_1 was deleted at OpenAI"],
    [
      "the vendor key's life was ended",
      listed({ ...AT_VENDOR, expiresAt: NOW }),
      "vendor key key_1 was disabled by expiry at OpenAI on 2026-11-23T12:00:00.000Z",
    ],
    [
      "the expiry was changed",
      listed({ ...AT_VENDOR, expiresAt: EXPIRES + 121 }),
      "expiry of vendor key key_1 changed at OpenAI from 2026-12-05T12:00:00.000Z to 2026-12-05T12:02:01.000Z",
    ],
    [
      "the expiry was removed",
      listed(withoutExpiry(AT_VENDOR)),
      "expiry of vendor key key_1 was removed at OpenAI; applied was 2026-12-05T12:00:00.000Z",
    ],
    [
      "the scopes were changed, says the audit log",
      changed(["api.model.read", "api.files.write"], "eve@example.com"),
      "scopes of vendor key key_1 changed at OpenAI: +api.files.write -api.model.request, on 2026-11-23T11:59:00.000Z by eve@example.com as its audit log says",
    ],
    [
      "the scopes were changed by somebody unknown",
      changed(["api.model.read"]),
      "scopes of vendor key key_1 changed at OpenAI: -api.model.request, on 2026-11-23T11:59:00.000Z as its audit log says",
    ],
    [
      "the scopes were emptied",
      changed([], "eve@example.com"),
      "scopes of vendor key key_1 changed at OpenAI to all permissions, on 2026-11-23T11:59:00.000Z by eve@example.com as its audit log says",
    ],
    [
      "the scopes were changed, says the listing",
      listed({ ...AT_VENDOR, granted: { scopes: ["api.model.read", "api.model.request", "api.files.read"] } }),
      "scopes of vendor key key_1 changed at OpenAI: +api.files.read",
    ],
    [
      "the scopes were emptied, says the listing",
      listed({ ...AT_VENDOR, granted: { scopes: [] } }),
      "scopes of vendor key key_1 changed at OpenAI to all permissions",
    ],
    [
      "somebody made a key on the key's account",
      listed(AT_VENDOR, { ...AT_VENDOR, id: "key_9", name: "by  hand" }),
      'vendor key key_9 "by hand" at OpenAI was made by somebody else',
    ],
    [
      "somebody made a key of our name on another account",
      listed(AT_VENDOR, { ...AT_VENDOR, id: "key_9", ownerId: "owner_9", name: `${DEPLOYMENT}/summariser/x` }),
      `vendor key key_9 "${DEPLOYMENT}/summariser/x" at OpenAI was made by somebody else`,
    ],
    [
      "the secret was edited",
      secret({ versions: { hand: [CURRENT], v1: ["AWSPREVIOUS"] } }),
      "the secret's value was edited by hand",
    ],
    ["the secret has no value any more", secret({ versions: {} }), "the secret's value was edited by hand"],
    ["the secret is gone", { secret: { value: undefined } }, "its secret is gone"],
    [
      "the secret is gone, and Secrets Manager does not say whether it keeps it",
      { secret: { value: undefined }, deletion: { failed: "AWS answered 500" } },
      "its secret is gone, or scheduled for deletion: which is not known",
    ],
    ["the secret is scheduled for deletion", { secret: { value: undefined }, ...SCHEDULED }, SCHEDULED_WORDS],
    ["rotation is off", secret({ rotationEnabled: false }), "rotation of the secret is switched off"],
    [
      "an apply was cut off",
      record({ unfinished: { action: "apply", since: NOW, reason: "it was cut off" } }),
      "the last apply did not finish: it was cut off",
    ],
    [
      "a destroy failed",
      record({ unfinished: { action: "destroy", since: NOW, reason: "OpenAI answered 500" } }),
      "the last destroy did not finish: OpenAI answered 500",
    ],
    [
      "the ledger was lost",
      { record: undefined },
      "the ledger does not know the value in use: the secret is older than the key, or the ledger has lost it",
    ],
  ])("%s", (_, change, sentence) => {
    // WHEN
    const observed = judge(evidence(change));

    // THEN
    expect(observed).toEqual({ repair: sentence + SEEN, state: "drift", drift: [sentence] });
  });

  test("every difference gets its sentence, what did not finish first", () => {
    // WHEN
    const observed = judge(
      evidence({
        ...record({ unfinished: { action: "apply", since: NOW, reason: "why" } }),
        ...secret({ rotationEnabled: false }),
        ...listed(),
      }),
    );

    // THEN
    expect(observed?.drift).toEqual([
      "the last apply did not finish: why",
      "rotation of the secret is switched off",
      "vendor key key_1 was deleted at OpenAI",
    ]);
    expect(observed?.repair).toBe(`${observed?.drift.join("; ")}${SEEN}`);
  });

  test("a change that is declared and not applied is behind, and names the policy", () => {
    // WHEN
    const observed = judge(evidence({ declared: "0123456789ab" }));

    // THEN
    const sentence = "policy 0123456789ab is to be applied, or its last apply did not finish";
    expect(observed).toEqual({
      repair: sentence + SEEN,
      state: "behind",
      drift: [sentence],
      applied: evidence({}).record?.policy,
    });
  });

  test("a key whose first apply has not reached its policy is behind", () => {
    const { policy: _policy, current: _current, ...unapplied } = RECORD;
    expect(judge(evidence({ record: unapplied, ...listed() }))?.state).toBe("behind");
  });

  test("drift counts for more than a policy that is behind", () => {
    expect(judge(evidence({ declared: "0123456789ab", ...listed() }))?.state).toBe("drift");
  });
});

describe("what is no drift", () => {
  test.each<[string, Partial<KeyObservation>]>([
    ["an expiry within the vendor's rounding", listed({ ...AT_VENDOR, expiresAt: EXPIRES - 120 })],
    ["scopes in another order", listed({ ...AT_VENDOR, granted: { scopes: [...SCOPES].reverse() } })],
    ["a change of scopes back to what is applied", changed([...SCOPES].reverse(), "eve@example.com")],
    ["another key's change of scopes", { scopeChanges: { value: [{ keyId: "key_2", scopes: [], at: NOW }] } }],
    ["somebody else's key", listed(AT_VENDOR, { ...AT_VENDOR, id: "key_9", ownerId: "owner_9", name: "web shop" })],
    [
      "a key of another deployment of the same prefix",
      listed(AT_VENDOR, {
        ...AT_VENDOR,
        id: "key_9",
        ownerId: "owner_9",
        name: AT_VENDOR.name.replace("0badcafe", "deadbeef"),
      }),
    ],
    ["a foreign key that has expired", listed(AT_VENDOR, { ...AT_VENDOR, id: "key_9", expiresAt: NOW })],
    [
      "a superseded key in its overlap",
      {
        ...record({ superseded: [{ keyId: "key_0", revokeAfter: NOW + 1, expiresAt: EXPIRES }] }),
        ...listed(AT_VENDOR, { ...AT_VENDOR, id: "key_0" }),
      },
    ],
    [
      "no rotation, where none is declared",
      { ...record({ policy: UNROTATED }), ...unrotated, ...secret({ rotationEnabled: false }) },
    ],
    ["a rotation under way", secret({ versions: { v1: [CURRENT], v2: [PENDING] } })],
  ])("%s", (_, change) => {
    expect(judge(evidence(change))).toBeUndefined();
  });

  describe("what was put back since", () => {
    const SET_BACK = {
      scopeChanges: {
        value: [
          { keyId: "key_1", scopes: SCOPES, at: NOW - 10 },
          { keyId: "key_1", scopes: ["api.all"], at: NOW - 20, actor: "user-jane" },
        ],
      },
    };

    test("at the vendor is shown by one plan, and by no later one once that was applied", () => {
      // WHEN
      const first = judge(evidence(SET_BACK));
      const after = judge(evidence({ ...SET_BACK, ...record({ repair: first?.repair ?? "" }) }));
      // THEN
      expect(first).toMatchObject({ state: "drift", drift: [expect.stringContaining("and changed back since")] });
      expect(first?.drift.join()).toContain("by user-jane");
      expect(after).toEqual({ repair: first?.repair, state: "in_sync", drift: [] });
    });

    test("through Terraform's door is shown for as long as no apply of such a plan has come", () => {
      const cause = { door: "terraform", requestId: "request-7" };
      const incidents = [{ kind: "unforeseen-policy", since: NOW - 60, cause, detail: "policy 0123456789ab" }];
      expect(judge(evidence(record({ incidents })))).toMatchObject({
        state: "drift",
        drift: [
          "policy 0123456789ab was set on 2026-11-23T11:59:00.000Z, in request request-7, and no plan had asked about it",
        ],
      });
    });
  });

  test("in sync after a repair, the token of that repair is answered, so that the plan stays empty", () => {
    expect(judge(evidence(record({ repair: "scopes changed (seen yesterday)" })))).toEqual({
      repair: "scopes changed (seen yesterday)",
      state: "in_sync",
      drift: [],
    });
  });
});

describe("a key without rotation that has reached its end", () => {
  test.each<[string, Partial<KeyObservation>]>([
    ["and is gone at the vendor", listed()],
    ["and is listed as expired", listed({ ...AT_VENDOR, expiresAt: NOW - 1 })],
  ])("is expired, not drifted, %s", (_, change) => {
    // WHEN
    const observed = judge(evidence({ ...record({ ...endless, repair: "stored" }), ...unrotated, ...change }));

    // THEN
    expect(observed).toEqual({
      repair: "stored",
      state: "expired",
      drift: ["it expired on 2026-11-23T11:59:59.000Z"],
    });
  });

  test("with rotation, the same end is drift", () => {
    const { current } = endless;
    expect(judge(evidence({ ...record({ current }), ...listed() }))?.state).toBe("drift");
  });
});

describe("what could not be read", () => {
  const failures: Array<[string, Partial<KeyObservation>, string]> = [
    ["vendor", { vendorKeys: { failed: "OpenAI could not be read: 503" } }, "OpenAI could not be read: 503"],
    ["audit log", { scopeChanges: { failed: "no audit log" } }, "no audit log"],
    ["secret", { secret: { failed: "the secret could not be read" } }, "the secret could not be read"],
  ];

  test.each(failures)(
    "%s: unknown, with the stored token, so that the plan is not disturbed",
    (_, change, sentence) => {
      // THEN
      expect(judge(evidence({ ...record({ repair: "stored" }), ...change }))).toEqual({
        repair: "stored",
        state: "unknown",
        drift: [sentence],
      });
      expect(judge(evidence(change))).toEqual({ repair: "none", state: "unknown", drift: [sentence] });
    },
  );

  test.each(failures)("%s: what the others show as drift is still shown", (_, change) => {
    const unfinished = { action: "apply", since: NOW, reason: "why" } as const;
    expect(judge(evidence({ ...record({ unfinished }), ...change }))?.state).toBe("drift");
  });

  test.each(failures)("%s: never in sync and never expired", (_, change) => {
    const ended = listed({ ...AT_VENDOR, expiresAt: NOW - 1 });
    const all = evidence({ ...record({ ...endless, repair: "stored" }), ...unrotated, ...ended, ...change });
    expect(judge(all)?.state).toBe("unknown");
  });

  test("three failed readings are told in three sentences", () => {
    const observed = judge(evidence(Object.assign({}, ...failures.map(([, change]) => change))));
    expect(observed?.drift).toEqual(["the secret could not be read", "OpenAI could not be read: 503", "no audit log"]);
  });

  test("without a record, a secret that cannot be read is unknown too", () => {
    expect(judge(evidence({ record: undefined, secret: { failed: "no answer" } }))).toEqual({
      repair: "none",
      state: "unknown",
      drift: ["no answer"],
    });
  });
});

describe("a key without a record", () => {
  test("without a secret is not made yet: nothing to say", () => {
    expect(judge(evidence({ record: undefined, secret: { value: undefined } }))).toBeUndefined();
    const kept = judge(evidence({ record: undefined, secret: { value: undefined }, ...SCHEDULED }));
    expect(kept).toMatchObject({ state: "drift", drift: [SCHEDULED_WORDS] });
  });

  test("with a secret that has no value is behind", () => {
    expect(judge(evidence({ record: undefined, ...secret({ versions: {} }) }))).toEqual({
      repair: `no vendor key was issued yet${SEEN}`,
      state: "behind",
      drift: ["no vendor key was issued yet"],
    });
  });
});

describe("a key promoted by a run that could not write it down", () => {
  const promoted = {
    token: "v2",
    origin: "rotation",
    startedAt: NOW - 60,
    keyId: "key_2",
    issuedAt: NOW - 60,
    expiresAt: NOW + 14 * SECONDS_PER_DAY,
    testedAt: NOW - 50,
  } as const;
  const second: VendorKey = {
    ...AT_VENDOR,
    id: "key_2",
    createdAt: promoted.issuedAt,
    expiresAt: promoted.expiresAt,
  };
  const state = {
    ...record({ pending: [promoted] }),
    ...secret({ versions: { v2: [CURRENT], v1: ["AWSPREVIOUS"] } }),
  };

  test("is the one that is judged: all in place is in sync", () => {
    expect(judge(evidence({ ...state, ...listed(AT_VENDOR, second) }))).toBeUndefined();
  });

  test("is the one that is judged: its deletion is drift, its predecessor's is not", () => {
    expect(judge(evidence({ ...state, ...listed(second) }))).toBeUndefined();
    expect(judge(evidence({ ...state, ...listed(AT_VENDOR) }))?.drift).toEqual([
      "vendor key key_2 was deleted at OpenAI",
    ]);
  });

  test("is not assumed where the pending key never was stored", () => {
    const { keyId: _, ...unminted } = promoted;
    const observed = judge(evidence({ ...state, ...record({ pending: [unminted] }), ...listed(AT_VENDOR) }));
    expect(observed?.drift).toContain("the secret's value was edited by hand");
  });
});

describe("a KMS key that keeps the value from being read", () => {
  const broken = "the KMS key one is disabled; nobody can read its value";

  test("is drift, also before any vendor key was issued and where the ledger knows nothing", () => {
    const encryption = { broken: [broken], unknown: [] };
    const { current: _, ...unissued } = RECORD;
    for (const record of [RECORD, unissued, undefined]) {
      expect(judge(evidence({ encryption, record }))).toMatchObject({
        state: "drift",
        drift: expect.arrayContaining([broken]),
      });
    }
  });

  test("and that nobody could look at is not known, and never in sync", () => {
    const encryption = { broken: [], unknown: ["whether the KMS key one can be used is not known"] };
    expect(judge(evidence({ encryption }))).toMatchObject({ state: "unknown", drift: encryption.unknown });
  });
});

describe("repair tokens", () => {
  test("are fresh: two that are a millisecond apart differ", () => {
    // GIVEN
    const lost = listed();

    // WHEN
    const tokens = [0, 1].map((later) => judge(evidence({ ...lost, nowMillis: NOW * 1_000 + later }))?.repair);

    // THEN
    expect(new Set(tokens).size).toBe(2);
  });

  test("stay within their limit and keep the time that makes them fresh, however much has drifted", () => {
    // GIVEN
    const many = Array.from({ length: 100 }, (_, n) => ({ ...AT_VENDOR, id: `key_${n + 10}`, name: "x".repeat(300) }));

    // WHEN
    const observed = judge(evidence(listed(AT_VENDOR, ...many)));

    // THEN
    expect(observed?.drift).toHaveLength(100);
    expect(observed?.repair).toHaveLength(REPAIR_MAX_LENGTH);
    expect(observed?.repair.endsWith(SEEN)).toBe(true);
  });

  test("are one line, whatever names the vendor answers", () => {
    const named = listed(AT_VENDOR, { ...AT_VENDOR, id: "key_9", name: 'a\n"b"\r\tc' });
    expect(judge(evidence(named))?.repair).not.toMatch(/[\n\r\t]/);
  });

  test("an expiry that is off by less than an hour is told to the second", () => {
    const observed = judge(evidence(listed({ ...AT_VENDOR, expiresAt: EXPIRES - SECONDS_PER_HOUR / 2 })));
    expect(observed?.drift[0]).toContain("to 2026-12-05T11:30:00.000Z");
  });
});
