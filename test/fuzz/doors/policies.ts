import fc from "fast-check";
import * as v from "valibot";
import { expiryAlarmDays } from "../../../src/model/expiry-alarm";
import {
  canonicalPolicy,
  type KeyPolicy,
  keyPolicySchema,
  mintedFacts,
  policyDigest,
  retryMarginSeconds,
} from "../../../src/model/key-policy";
import { rotationSchedule } from "../../../src/model/rotation-schedule";
import { policyOf } from "../../support/engine";
import { Broken, type Door } from "../door";
import { mutated } from "../mutate";

const DIGEST = /^[0-9a-f]{12}$/;

const lifetime = fc
  .record({
    rotateEverySeconds: fc.integer({ min: 14_400, max: 20_000_000 }),
    overlap: fc.double({ min: 0, max: 0.99, noNaN: true }),
    spare: fc.integer({ min: 1, max: 10_000_000 }),
  })
  .map(({ rotateEverySeconds, overlap, spare }) => {
    const overlapSeconds = Math.floor(rotateEverySeconds * overlap);
    return { rotateEverySeconds, overlapSeconds, expirySeconds: rotateEverySeconds + overlapSeconds + spare };
  });

export const validPolicy: fc.Arbitrary<KeyPolicy> = fc.oneof(
  fc.constant(policyOf()),
  lifetime.map((life) => policyOf({ lifetime: life })),
  fc.constant(
    policyOf({
      models: ["b/two", "a/one"],
      endpoints: ["/v1/x"],
      limits: { requestsPerMinute: 60, spend: { usd: 25.5, per: "month" } },
      networks: ["203.0.113.0/24", "2001:db8::/32"],
    }),
  ),
  fc.constant(policyOf({ scopes: ["api.files.read"], lifetime: { overlapSeconds: 0, expirySeconds: 3_600 } })),
);

/**
 * Policies as they stand in events and ledger items: what is taken has a name that does not depend
 * on how it is written.
 */
export const policies: Door = {
  name: "policies",
  share: 10,
  input: mutated(validPolicy),
  async enter(input) {
    const parsed = v.safeParse(keyPolicySchema, input);
    if (!parsed.success) return;
    const policy = parsed.output;
    const again = v.parse(keyPolicySchema, canonicalPolicy({ ...policy, ...reversed(policy) }));
    if (policyDigest(policy) !== policyDigest(again)) throw new Broken("the same policy has two digests");
    if (!DIGEST.test(policyDigest(policy)) || !DIGEST.test(mintedFacts(policy))) throw new Broken("not a digest");
    const every = policy.lifetime.rotateEverySeconds;
    if (every === undefined) return;
    const windowSeconds = rotationSchedule(every, "summariser")?.windowSeconds ?? 0;
    const figures = [retryMarginSeconds(every), windowSeconds, expiryAlarmDays(policy.lifetime)];
    if (!figures.every(Number.isFinite)) throw new Broken(`no figures: ${figures.join()}`);
  },
};

/** The same lists, the other way round. */
function reversed({ scopes, models, endpoints, networks }: KeyPolicy): Partial<KeyPolicy> {
  const lists = { scopes, models, endpoints, networks };
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, list]) => (list === undefined ? [] : [[name, [...list].reverse()]])),
  );
}
