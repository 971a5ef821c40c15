import { keyMark, policyMark } from "../../../src/engine/integrity/marks";
import type { KeyPolicy } from "../../../src/model/key-policy";
import { type KeyRecord, newKeyRecord } from "../../../src/model/key-record";
import type { Fixture, FixtureSecret } from "./aws-service";

const DAY = 86_400;
/** Unix seconds: a Wednesday, 09:00 UTC. */
export const NOW = Date.UTC(2026, 10, 25, 9) / 1_000;

export function policyOf(vendor: string, owner: string, rotateEveryDays?: number): KeyPolicy {
  return {
    vendor,
    owner,
    purpose: "Summaries on the results page",
    scopes: ["api.model.read"],
    lifetime: {
      ...(rotateEveryDays === undefined ? {} : { rotateEverySeconds: rotateEveryDays * DAY }),
      overlapSeconds: rotateEveryDays === undefined ? 0 : DAY,
      expirySeconds: (rotateEveryDays ?? 30) * DAY + 3 * DAY,
    },
  };
}

/** A key that is in use as it should be. */
export function recordOf(key: string, policy: KeyPolicy, ageDays: number, more: Partial<KeyRecord> = {}): KeyRecord {
  const issuedAt = NOW - ageDays * DAY;
  return {
    ...newKeyRecord(key),
    rev: 3,
    policy,
    current: {
      keyId: `key_${key.replaceAll("-", "")}_2`,
      versionId: `version-of-${key}`,
      issuedAt,
      expiresAt: issuedAt + policy.lifetime.expirySeconds,
    },
    ...more,
  };
}

export function secretOf(
  prefix: string,
  key: string,
  rotates: boolean,
  more: Partial<FixtureSecret> = {},
): FixtureSecret {
  const life = rotates
    ? "Rotates every 7 days, overlap 1 day, expiry 10 days."
    : "Expires after 33 days, is not rotated.";
  return {
    Name: `${prefix}/${key}`,
    ARN: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${prefix}/${key}-AbCdEf`,
    Description: `Summaries on the results page. Owner: search-team@example.com. Scopes: api.model.read. ${life}`,
    Tags: [{ Key: "scoped-keys:issuer", Value: prefix }],
    LastAccessedDate: NOW - (NOW % DAY),
    SecretVersionsToStages: { [`version-of-${key}`]: ["AWSCURRENT"] },
    ...(rotates
      ? {
          RotationEnabled: true,
          RotationLambdaARN: `arn:aws:lambda:eu-central-1:111122223333:function:${prefix.replace("/", "-")}-controller`,
          NextRotationDate: NOW + 4 * DAY + 3_600,
        }
      : {}),
    ...more,
  };
}

function unread({ LastAccessedDate: _, ...secret }: FixtureSecret): FixtureSecret {
  return secret;
}

const search = policyOf("openai", "search-team@example.com", 7);
const people = policyOf("anthropic", "people-team@example.com", 90);

/** Two issuers with a key in most of the states, and secrets that are nobody's key. */
export function fleet(): Fixture {
  return withMarks({
    now: NOW * 1_000,
    denied: new Set(),
    secrets: [
      secretOf("ai-keys/openai", "summariser", true),
      secretOf("ai-keys/openai", "search", true, { SecretVersionsToStages: { "by-hand": ["AWSCURRENT"] } }),
      unread(secretOf("ai-keys/openai", "nightly", true)),
      secretOf("ai-keys/openai", "workshop", false),
      secretOf("ai-keys/anthropic", "writer", false, {
        Description:
          "Drafts. Owner: people-team@example.com. Due for rotation by a person every 90 days, overlap 1 day, expiry 93 days.",
      }),
      { Name: "prod/database", Description: "Owner: somebody" },
      // Described as the library describes keys, and of another issuer by its tag, or of none.
      { ...secretOf("ai-keys/openai", "look-alike", true), Tags: [] },
      { ...secretOf("ai-keys/openai", "nested", true), Tags: [{ Key: "scoped-keys:issuer", Value: "ai-keys" }] },
    ],
    tables: {
      "ai-keys-openai-ledger": {
        "ai-keys/openai": [
          recordOf("summariser", search, 3),
          recordOf("search", search, 2),
          recordOf("nightly", search, 6, {
            superseded: [{ keyId: "key_nightly_1", revokeAfter: NOW + 3_600, expiresAt: NOW + DAY }],
            pending: [{ token: "t", origin: "rotation", startedAt: NOW - 60 }],
          }),
          recordOf("workshop", policyOf("openai", "search-team@example.com"), 34),
        ],
      },
      "ai-keys-anthropic-ledger": {
        "ai-keys/anthropic": [
          recordOf("writer", people, 88, { incidents: [{ kind: "rotation-due", since: NOW - DAY }] }),
        ],
      },
    },
    functions: {
      "ai-keys-openai-observer": {
        search: { repair: "edited", state: "drift", drift: ["the secret's value was edited by hand"] },
        workshop: { repair: "none", state: "expired", drift: ["it expired on 2026-11-24T09:00:00.000Z"] },
      },
      "ai-keys-anthropic-observer": {
        writer: {
          repair: "none",
          state: "due",
          drift: [
            "due for rotation on 2026-11-27T09:00:00.000Z; make a key in the console of Anthropic, then run: scoped-keys adopt ai-keys/anthropic/writer",
          ],
        },
      },
    },
  });
}

/**
 * As applies have ended them: the versions that the ledger knows to be in use say that the
 * controller wrote them.
 */
function withMarks(fixture: Fixture): Fixture {
  const marks = new Map<string, readonly string[]>();
  for (const [prefix, records] of Object.values(fixture.tables).flatMap((table) => Object.entries(table))) {
    for (const record of records) {
      if ("body" in record || record.current === undefined || record.policy === undefined) continue;
      const { current, policy } = record;
      marks.set(`${prefix}/${record.key} ${current.versionId}`, [keyMark(current, policy), policyMark(policy)]);
    }
  }
  const secrets = fixture.secrets.map((secret) => ({
    ...secret,
    SecretVersionsToStages: Object.fromEntries(
      Object.entries(secret.SecretVersionsToStages ?? {}).map(([versionId, labels]) => [
        versionId,
        [...labels, ...(marks.get(`${secret.Name} ${versionId}`) ?? [])],
      ]),
    ),
  }));
  return { ...fixture, secrets };
}
