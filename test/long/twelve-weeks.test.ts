import { ListSecretVersionIdsCommand } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { Duration, Lifetime } from "../../constructs";
import { type KeyRecord, keyRecordSchema, vendorKeyIds } from "../../src/model/key-record";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../../src/model/units";
import { Deployment, IN_SCOPE, OUT_OF_SCOPE } from "../e2e/support/deployment";
import { ledgerItems } from "../e2e/support/ledger";
import { TEST_TIMEOUT_MILLIS, type World } from "../e2e/support/world";

jest.setTimeout(2 * TEST_TIMEOUT_MILLIS);

const WEEKS = 12;
const STEP = "PT6H";
const STEPS = WEEKS * 7 * 4;
/** Less often than by default: hundreds of sweeps show what thousands do. */
const SWEEP_SECONDS = 6 * SECONDS_PER_HOUR;
/** Rotations and sweeps fire at set moments; what is left is the time that their calls take. */
const SLACK_SECONDS = 120;

interface Life {
  readonly everySeconds: number;
  readonly overlapSeconds: number;
  readonly lifetime: Lifetime;
}

const life = (everyHours: number, overlapHours: number, expiryDays: number): Life => ({
  everySeconds: everyHours * SECONDS_PER_HOUR,
  overlapSeconds: overlapHours * SECONDS_PER_HOUR,
  lifetime: Lifetime.rotating({
    every: Duration.hours(everyHours),
    overlap: Duration.hours(overlapHours),
    expiry: Duration.days(expiryDays),
  }),
});

const LIVES: Readonly<Record<string, Life>> = {
  weekly: life(7 * 24, 24, 10),
  daily: life(24, 6, 4),
  "twice-a-day": life(12, 2, 2),
};

/**
 * The first rotation comes with the first of its key's windows, so after an interval and the
 * window's hour at the latest. From then on rotations are an interval apart.
 */
function longestLifeSeconds({ everySeconds, overlapSeconds }: Life, first: boolean): number {
  return everySeconds + (first ? SECONDS_PER_HOUR : 0) + overlapSeconds + SWEEP_SECONDS + SLACK_SECONDS;
}

describe("twelve weeks with three keys", () => {
  let deployment: Deployment;
  let world: World;

  beforeAll(async () => {
    deployment = await Deployment.start({
      keys: Object.fromEntries(Object.entries(LIVES).map(([name, { lifetime }]) => [name, { lifetime }])),
      issuer: { sweepEvery: Duration.seconds(SWEEP_SECONDS) },
    });
    ({ world } = deployment);
    await deployment.init();
    await deployment.apply();
  });
  afterAll(() => deployment?.close());

  test("at every moment the current key works, none lives too long, and each belongs to somebody", async () => {
    const nowSeconds = () => world.sandbox.now().getTime() / 1_000;
    const firstKeys = new Set((await world.liveVendorKeys()).map(({ id }) => id));
    const used = new Map(Object.keys(LIVES).map((key) => [key, new Set<string>()]));

    for (let step = 0; step < STEPS; step++) {
      // WHEN
      await world.advance(STEP);

      // THEN
      const at = `step ${step}, ${world.sandbox.now().toISOString()}`;
      const live = await liveKeysWithAge(world);
      const records = await recordsOf(deployment);
      expect([at, [...records.keys()].sort()]).toEqual([at, Object.keys(LIVES).sort()]);
      for (const [key, keyLife] of Object.entries(LIVES)) {
        const { apiKey, keyId } = await deployment.currentValue(key);
        expect([at, key, await world.callWith(apiKey, IN_SCOPE)]).toEqual([at, key, 200]);
        used.get(key)?.add(keyId);

        const own = live.filter((found) => keyOf(found) === key);
        const tooOld = own.filter(
          ({ id, createdAt }) => nowSeconds() - createdAt > longestLifeSeconds(keyLife, firstKeys.has(id)),
        );
        expect([at, key, tooOld]).toEqual([at, key, []]);
        expect([at, key, unaccounted(own, records.get(key), keyId, nowSeconds())]).toEqual([at, key, []]);
      }
      expect([at, live.filter((found) => LIVES[keyOf(found)] === undefined)]).toEqual([at, []]);
    }

    // The first rotation comes with its window; after it none was left out. The calls take some
    // time beside the weeks.
    for (const [key, { everySeconds }] of Object.entries(LIVES)) {
      const intervals = Math.floor((WEEKS * 7 * SECONDS_PER_DAY) / everySeconds);
      expect(used.get(key)?.size).toBeGreaterThanOrEqual(intervals - 1);
      expect(used.get(key)?.size).toBeLessThanOrEqual(intervals + 2);
    }
  });

  test("nothing failed on the way, and nothing had to be reclaimed", () => {
    const lines = world.logs(deployment.controllerName).map(({ line }) => line);
    expect(lines.filter((line) => /"level":"(WARN|ERROR)"/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('"message":"sweep ended"')).length).toBeGreaterThanOrEqual(
      (WEEKS * 7 * SECONDS_PER_DAY) / SWEEP_SECONDS - 1,
    );
    expect(lines.filter((line) => /"(OrphansReclaimed|RotationFailed)":[1-9]/.test(line))).toEqual([]);
    expect(
      world.journal({ kind: "secretsmanager" }).filter(({ operation }) => /Failed|Abandoned/.test(operation)),
    ).toEqual([]);
  });

  test("secrets keep no labels from rotations that have ended", async () => {
    for (const key of Object.keys(LIVES)) {
      const { Versions } = await world.secrets.send(
        new ListSecretVersionIdsCommand({ SecretId: deployment.secretName(key) }),
      );
      const labels = (Versions ?? []).flatMap(({ VersionStages }) => VersionStages ?? []);
      const marks = ["KEY", "KEY", "OWNER", "POLICY"].map((mark) => `SCOPED_KEYS_${mark}`);
      // Each value in service is marked as the controller's, and the secret names one account and
      // one policy.
      expect([key, labels.map((label) => label.replace(/_[0-9a-f]{64}.*$/, "")).sort()]).toEqual([
        key,
        ["AWSCURRENT", "AWSPREVIOUS", ...marks],
      ]);
    }
  });

  test("the plan is empty, and destroy leaves nothing", async () => {
    // WHEN
    const plan = await deployment.plan();
    // THEN
    expect([plan.exitCode, plan.text]).toEqual([0, expect.stringContaining("No changes")]);

    // GIVEN
    const { apiKey } = await deployment.currentValue("weekly");
    expect(await world.callWith(apiKey, OUT_OF_SCOPE)).toBe(401);
    // WHEN
    await deployment.destroy();
    // THEN
    expect(await deployment.stateList()).toEqual([]);
    expect(await world.liveVendorKeys()).toEqual([]);
    expect((await world.serviceAccounts()).filter(({ name }) => name.startsWith(deployment.prefix))).toEqual([]);
    expect(await world.callWith(apiKey, IN_SCOPE)).toBe(401);
  });
});

interface AgedKey {
  readonly id: string;
  readonly name: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** `<deployment>/<key>/<token part>` */
function keyOf({ name }: AgedKey): string {
  return name.split("/").at(-2) ?? "";
}

/** Vendor keys of the project that open anything now. */
async function liveKeysWithAge(world: World): Promise<AgedKey[]> {
  const now = world.sandbox.now().getTime() / 1_000;
  const live: AgedKey[] = [];
  const listing = world.openai.admin.organization.projects.apiKeys.list(world.projectId, {
    owner_project_access: "any",
    limit: 100,
  });
  for await (const { id, name, created_at, expires_at } of listing) {
    if (expires_at == null || expires_at > now) live.push({ id, name, createdAt: created_at });
  }
  return live;
}

async function recordsOf(deployment: Deployment): Promise<Map<string, KeyRecord>> {
  const items = await ledgerItems(deployment);
  const records = items.filter(({ sk }) => sk.startsWith("key#")).map(({ body }) => v.parse(recordSchema, body));
  return new Map(records.map((record) => [record.key, record]));
}
const recordSchema = v.pipe(v.string(), v.parseJson(), keyRecordSchema);

/**
 * Live keys that are neither current, nor pending, nor superseded and within their overlap and the
 * sweep after it.
 */
function unaccounted(
  live: readonly AgedKey[],
  record: KeyRecord | undefined,
  currentId: string,
  now: number,
): AgedKey[] {
  if (record === undefined) return [...live];
  const overdue = record.superseded.filter(({ revokeAfter }) => revokeAfter + SWEEP_SECONDS + SLACK_SECONDS < now);
  const known = vendorKeyIds({ ...record, superseded: record.superseded.filter((k) => !overdue.includes(k)) });
  return live.filter(({ id }) => id !== currentId && !known.has(id));
}
