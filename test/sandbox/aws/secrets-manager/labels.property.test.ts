import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { SecretsManagerService } from "../../../../src/sandbox/aws/secrets-manager/service";
import { ACCOUNT_ID, FUNCTION_ARN, ManualClock, REGION, START } from "../../../support/secrets-manager";

/** Tokens of the versions that the commands work with; few, so that they meet. */
const TOKENS = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(32));
const token = fc.constantFrom(...TOKENS);
const label = fc.constantFrom("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "custom");
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    operation: fc.constant("PutSecretValue"),
    input: fc.record({
      ClientRequestToken: token,
      SecretString: fc.constantFrom("x", "y"),
      VersionStages: maybe(fc.uniqueArray(label, { minLength: 1 })),
    }),
  }),
  fc.record({
    operation: fc.constant("UpdateSecret"),
    input: fc.record({ ClientRequestToken: token, SecretString: fc.constantFrom("x", "y") }),
  }),
  fc.record({
    operation: fc.constant("UpdateSecretVersionStage"),
    input: fc.record({ VersionStage: label, MoveToVersionId: maybe(token), RemoveFromVersionId: maybe(token) }),
  }),
  fc.record({
    operation: fc.constant("RotateSecret"),
    input: fc.record({
      ClientRequestToken: token,
      RotationLambdaARN: fc.constant(FUNCTION_ARN),
      RotationRules: fc.constant({ AutomaticallyAfterDays: 1 }),
      RotateImmediately: fc.boolean(),
    }),
  }),
  fc.record({ operation: fc.constant("CancelRotateSecret"), input: fc.constant({}) }),
  fc.record({ operation: fc.constant("DeleteSecret"), input: fc.constant({}) }),
  fc.record({ operation: fc.constant("RestoreSecret"), input: fc.constant({}) }),
);

type Stages = ReadonlyMap<string, ReadonlySet<string>>;

class Secret {
  readonly service = new SecretsManagerService({
    clock: new ManualClock(START),
    accountId: ACCOUNT_ID,
    region: REGION,
    mayInvoke: () => true,
    // Never ends, so that nothing but the calls moves a label.
    invoke: () => new Promise(() => undefined),
  });

  static async create(): Promise<Secret> {
    const secret = new Secret();
    await secret.call({
      operation: "CreateSecret",
      input: { Name: "key", SecretString: "0", ClientRequestToken: randomUUID() },
    });
    return secret;
  }

  async call({ operation, input }: Call): Promise<{ status: number; body: unknown }> {
    return this.service.call(
      operation,
      { SecretId: "key", ...JSON.parse(JSON.stringify(input)) },
      { principal: "tester" },
    );
  }

  /** All that can be seen of the secret, as one text. */
  async snapshot(): Promise<string> {
    const seen = [
      await this.call({ operation: "DescribeSecret", input: {} }),
      await this.call({ operation: "ListSecretVersionIds", input: { IncludeDeprecated: true } }),
    ];
    return JSON.stringify(seen);
  }

  async stages(): Promise<Stages> {
    const { body } = await this.call({ operation: "DescribeSecret", input: {} });
    const stages = (body as { VersionIdsToStages?: Record<string, string[]> }).VersionIdsToStages ?? {};
    return new Map(Object.entries(stages).map(([id, labels]) => [id, new Set(labels)]));
  }
}

function holders(stages: Stages, wanted: string): string[] {
  return [...stages].filter(([, labels]) => labels.has(wanted)).map(([id]) => id);
}

/** Runs the calls one after another; `check` sees the labels before and after each. */
async function forEachCall(check: (before: Stages, after: Stages, made: Call, status: number) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
      const secret = await Secret.create();
      for (const made of calls) {
        const before = await secret.stages();
        const { status } = await secret.call(made);
        check(before, await secret.stages(), made, status);
      }
    }),
    { numRuns: 150 },
  );
}

describe("staging labels, whatever is called in whatever order", () => {
  test("AWSCURRENT is on exactly one version, every other label on one at most", async () => {
    await forEachCall((_before, after) => {
      expect(holders(after, "AWSCURRENT")).toHaveLength(1);
      for (const name of ["AWSPENDING", "AWSPREVIOUS", "custom"]) expect(holders(after, name).length).toBeLessThan(2);
    });
  });

  test("when AWSCURRENT moves, AWSPREVIOUS is where it was", async () => {
    let moves = 0;
    await forEachCall((before, after) => {
      const [from] = holders(before, "AWSCURRENT");
      const [to] = holders(after, "AWSCURRENT");
      if (from === to) return;
      moves++;
      expect(holders(after, "AWSPREVIOUS")).toEqual([from]);
    });
    expect(moves).toBeGreaterThan(0);
  });

  test("a version that got a label from a call got it from the version named, or from none", async () => {
    await forEachCall((before, after, { operation, input }, status) => {
      if (operation !== "UpdateSecretVersionStage" || status !== 200) return;
      const wanted = String(input["VersionStage"]);
      const [from] = holders(before, wanted);
      const [to] = holders(after, wanted);
      if (from !== undefined && from !== to) expect(input["RemoveFromVersionId"]).toBe(from);
      expect(to).toBe(input["MoveToVersionId"]);
    });
  });

  test("a rejected call changes nothing", async () => {
    let rejected = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
        const secret = await Secret.create();
        for (const made of calls) {
          const before = await secret.snapshot();
          const { status } = await secret.call(made);
          if (status === 200) continue;
          rejected++;
          expect(await secret.snapshot()).toBe(before);
        }
      }),
      { numRuns: 150 },
    );
    expect(rejected).toBeGreaterThan(0);
  });

  test("a repeated PutSecretValue changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 10 }), token, async (calls, ClientRequestToken) => {
        const secret = await Secret.create();
        for (const made of calls) await secret.call(made);
        const put = { operation: "PutSecretValue", input: { ClientRequestToken, SecretString: "x" } };
        const first = await secret.call(put);
        const before = await secret.snapshot();
        expect(await secret.call(put)).toEqual(first);
        expect(await secret.snapshot()).toBe(before);
      }),
      { numRuns: 150 },
    );
  });
});
