import { randomUUID } from "node:crypto";
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { SecretsManagerSettings } from "../../../../src/sandbox/aws/secrets-manager/service";
import { rotationTemplate } from "../../../support/rotation-template";
import {
  FUNCTION_ARN,
  type RotationEvent,
  type SecretsManagerHarness,
  START,
  startSecretsManager,
} from "../../../support/secrets-manager";

/**
 * The documented rotation contract of Secrets Manager, a row per fact. Quotas per second are AWS's
 * and are not simulated.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];

class Scene {
  constructor(readonly harness: SecretsManagerHarness) {}

  /** A secret `key` with one value. */
  async secret(value = "first"): Promise<string> {
    const { ARN } = await this.harness.client.send(new CreateSecretCommand({ Name: "key", SecretString: value }));
    return ARN ?? "";
  }

  template(): void {
    this.harness.rotationFunction = rotationTemplate(this.harness.client);
  }

  /** The template, failing at a step for as long as `broken` says so. */
  templateFailingAt(step: string, broken: () => boolean = () => true): void {
    const template = rotationTemplate(this.harness.client);
    this.harness.rotationFunction = async (event) => {
      if (event.Step === step && broken()) throw new Error("vendor down");
      await template(event);
    };
  }

  async rotate(input: Partial<RotateSecretCommandInput> = {}): Promise<string> {
    const { VersionId } = await this.harness.client.send(
      new RotateSecretCommand({
        SecretId: "key",
        RotationLambdaARN: FUNCTION_ARN,
        RotationRules: { AutomaticallyAfterDays: 7 },
        ...input,
      }),
    );
    return VersionId ?? "";
  }

  describe(): Promise<DescribeSecretCommandOutput> {
    return this.harness.client.send(new DescribeSecretCommand({ SecretId: "key" }));
  }

  async put(value: string, token: string = randomUUID(), labels?: string[]): Promise<string> {
    await this.harness.client.send(
      new PutSecretValueCommand({
        SecretId: "key",
        SecretString: value,
        ClientRequestToken: token,
        ...(labels && { VersionStages: labels }),
      }),
    );
    return token;
  }

  async value(by: { VersionId?: string; VersionStage?: string } = {}): Promise<string | undefined> {
    return (await this.harness.client.send(new GetSecretValueCommand({ SecretId: "key", ...by }))).SecretString;
  }

  async versionOf(label: string): Promise<string | undefined> {
    const stages = (await this.describe()).VersionIdsToStages ?? {};
    return Object.entries(stages).find(([, labels]) => labels.includes(label))?.[0];
  }

  move(label: string, to?: string, from?: string): Promise<unknown> {
    return this.harness.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: "key",
        VersionStage: label,
        ...(to && { MoveToVersionId: to }),
        ...(from && { RemoveFromVersionId: from }),
      }),
    );
  }

  /** Names of the events, in order. */
  events(): string[] {
    return this.harness.events.map(({ name }) => name);
  }

  /** Steps of all invocations, in order. */
  steps(): string[] {
    return this.harness.invocations.map(({ Step }) => Step);
  }
}

interface Row {
  readonly fact: string;
  readonly settings?: Partial<SecretsManagerSettings>;
  check(scene: Scene): Promise<void>;
}

const rows: Row[] = [
  {
    fact: "Event: four camel-case steps, each with the secret's ARN, the token and a rotation token",
    async check(scene) {
      // GIVEN
      const arn = await scene.secret();
      scene.template();
      // WHEN
      const token = await scene.rotate({ SecretId: arn });
      await scene.harness.service.idle();
      // THEN
      expect(scene.steps()).toEqual(STEPS);
      for (const event of scene.harness.invocations) {
        expect(event).toEqual({
          Step: event.Step,
          SecretId: arn,
          ClientRequestToken: token,
          RotationToken: expect.any(String),
        });
      }
    },
  },
  {
    fact: "RotationToken: PutSecretValue takes it; it is held back from logs like a value",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate();
      await scene.harness.service.idle();
      const [event] = scene.harness.invocations;
      expect(event?.RotationToken).toMatch(/^.{36,256}$/);
      expect(scene.harness.service.values()).toContain(event?.RotationToken);
      expect(JSON.stringify(scene.harness.events)).not.toContain(event?.RotationToken);
    },
  },
  {
    fact: "Sync/async: RotateSecret answers before the function ends; the steps run one after another",
    async check(scene) {
      await scene.secret();
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const template = rotationTemplate(scene.harness.client);
      let running = 0;
      scene.harness.rotationFunction = async (event) => {
        running++;
        expect(running).toBe(1);
        await gate;
        await template(event);
        running--;
      };
      const token = await scene.rotate();
      expect(await scene.versionOf("AWSCURRENT")).not.toBe(token);
      open();
      await scene.harness.service.idle();
      expect(await scene.versionOf("AWSCURRENT")).toBe(token);
      expect(scene.events()).toEqual(["RotationStarted", "RotationSucceeded"]);
    },
  },
  {
    fact: "Retry: a failed step repeats the whole rotation with the same token, then it has failed until its next window",
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("testSecret");
      const token = await scene.rotate();
      await scene.harness.advanceTo(START + 6 * HOUR);
      const attempt = ["createSecret", "setSecret", "testSecret"];
      expect(scene.steps()).toEqual([...attempt, ...attempt, ...attempt, ...attempt]);
      expect(new Set(scene.harness.invocations.map((event) => event.ClientRequestToken))).toEqual(new Set([token]));
      expect(scene.events().filter((name) => name === "RotationFailed")).toHaveLength(1);
      expect(scene.events().at(-1)).toBe("RotationFailed");
      expect(await scene.value()).toBe("first");
      // The next window goes on with the version that is still pending.
      scene.template();
      await scene.harness.advanceTo(START + 8 * DAY);
      expect(await scene.versionOf("AWSCURRENT")).toBe(token);
    },
  },
  {
    fact: "Retry: each window has all its retries",
    settings: { rotationRetryDelaysMillis: [60_000] },
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("createSecret");
      await scene.rotate({ RotationRules: { ScheduleExpression: "rate(1 day)" } });
      await scene.harness.advanceTo(Date.UTC(2026, 10, 27));
      const attempts = ["RotationStarted", "RotationAttemptFailed", "RotationStarted", "RotationFailed"];
      expect(scene.events()).toEqual([...attempts, ...attempts, ...attempts]);
    },
  },
  {
    fact: "Retry: numbers and waits can be set",
    settings: { rotationRetryDelaysMillis: [60_000] },
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("createSecret");
      await scene.rotate();
      await scene.harness.service.idle();
      expect(scene.harness.service.nextDue()).toBe(START + 60_000);
      await scene.harness.advanceTo(START + 60_000);
      expect(scene.events()).toEqual(["RotationStarted", "RotationAttemptFailed", "RotationStarted", "RotationFailed"]);
    },
  },
  {
    fact: "Retry: an attempt that fails after the promotion goes on with the promoted version",
    async check(scene) {
      await scene.secret();
      const template = rotationTemplate(scene.harness.client);
      let calls = 0;
      scene.harness.rotationFunction = async (event) => {
        await template(event);
        if (event.Step === "finishSecret" && calls++ === 0) throw new Error("lost");
      };
      const token = await scene.rotate();
      await scene.harness.advanceTo(START + HOUR);
      expect(await scene.versionOf("AWSCURRENT")).toBe(token);
      expect(scene.events().at(-1)).toBe("RotationSucceeded");
    },
  },
  {
    fact: "Retry: a pending version that was detached is not retried; the next attempt has a new token",
    async check(scene) {
      await scene.secret();
      const template = rotationTemplate(scene.harness.client);
      let poisoned = true;
      scene.harness.rotationFunction = async (event) => {
        await template(event);
        if (event.Step !== "testSecret" || !poisoned) return;
        poisoned = false;
        await scene.move("AWSPENDING", undefined, event.ClientRequestToken);
        throw new Error("the key was refused");
      };
      const token = await scene.rotate();
      await scene.harness.advanceTo(START + HOUR);
      const current = await scene.versionOf("AWSCURRENT");
      expect(current).not.toBe(token);
      expect(await scene.value()).toBe(`value of ${current}`);
      expect(scene.events().at(-1)).toBe("RotationSucceeded");
    },
  },
  {
    fact: "Retry: a function that moves no label has not rotated",
    async check(scene) {
      await scene.secret();
      await scene.rotate();
      await scene.harness.service.idle();
      expect(scene.events()).toEqual(["RotationStarted", "RotationAttemptFailed"]);
      expect((await scene.describe()).LastRotatedDate).toBeUndefined();
    },
  },
  {
    fact: "Retry: values are cleaned from what the function says of its failure",
    async check(scene) {
      await scene.secret("a-canary-value");
      scene.harness.rotationFunction = async () => {
        throw new Error("could not log in with a-canary-value");
      };
      await scene.rotate();
      await scene.harness.service.idle();
      expect(scene.harness.events.at(-1)?.detail["message"]).toContain("could not log in with");
      expect(JSON.stringify(scene.harness.events)).not.toContain("a-canary-value");
    },
  },
  {
    fact: "Token: 32 to 64 characters of any kind; becomes the VersionId",
    async check(scene) {
      await scene.secret();
      scene.template();
      const token = "terraform-20261124102000000000000001";
      expect(await scene.rotate({ ClientRequestToken: token })).toBe(token);
      await scene.harness.service.idle();
      expect(await scene.versionOf("AWSCURRENT")).toBe(token);
      for (const bad of ["x".repeat(31), "x".repeat(65)]) {
        await expect(scene.put("v", bad)).rejects.toMatchObject({ name: "InvalidParameterException" });
      }
    },
  },
  {
    fact: "Token: the same RotateSecret again is one rotation",
    async check(scene) {
      await scene.secret();
      scene.template();
      const token = randomUUID();
      await scene.rotate({ ClientRequestToken: token });
      expect(await scene.rotate({ ClientRequestToken: token })).toBe(token);
      await scene.harness.service.idle();
      expect(await scene.rotate({ ClientRequestToken: token })).toBe(token);
      await scene.harness.service.idle();
      expect(scene.steps()).toEqual(STEPS);
    },
  },
  {
    fact: "Guard: RotationEnabled and the pending token are visible to the first step",
    async check(scene) {
      await scene.secret();
      const seen: Array<Pick<DescribeSecretCommandOutput, "RotationEnabled" | "VersionIdsToStages">> = [];
      scene.harness.rotationFunction = async () => {
        seen.push(await scene.describe());
      };
      const token = await scene.rotate();
      await scene.harness.service.idle();
      expect(seen[0]).toMatchObject({ RotationEnabled: true, VersionIdsToStages: { [token]: ["AWSPENDING"] } });
    },
  },
  {
    fact: "PutSecretValue: same token and value is a no-op, another value ResourceExistsException",
    async check(scene) {
      await scene.secret();
      const token = await scene.put("second");
      const before = await scene.describe();
      scene.harness.clock.millis += HOUR;
      await scene.put("second", token);
      expect(await scene.put("second", token, ["AWSPENDING"])).toBe(token);
      await expect(scene.put("third", token)).rejects.toMatchObject({ name: "ResourceExistsException" });
      expect({ ...(await scene.describe()), $metadata: 0 }).toEqual({ ...before, $metadata: 0 });
    },
  },
  {
    fact: "PutSecretValue: without VersionStages AWSCURRENT moves, and AWSPREVIOUS follows it",
    async check(scene) {
      await scene.secret();
      const first = await scene.versionOf("AWSCURRENT");
      const second = await scene.put("second");
      const third = await scene.put("third");
      expect((await scene.describe()).VersionIdsToStages).toEqual({
        [second]: ["AWSPREVIOUS"],
        [third]: ["AWSCURRENT"],
      });
      expect(await scene.value({ VersionStage: "AWSPREVIOUS" })).toBe("second");
      expect(await scene.value({ VersionId: first ?? "" })).toBe("first");
    },
  },
  {
    fact: "PutSecretValue: the first version of a secret gets AWSCURRENT whatever it is labelled",
    async check(scene) {
      await scene.harness.client.send(new CreateSecretCommand({ Name: "key" }));
      const token = await scene.put("first", randomUUID(), ["AWSPENDING"]);
      expect((await scene.describe()).VersionIdsToStages?.[token]?.sort()).toEqual(["AWSCURRENT", "AWSPENDING"]);
    },
  },
  {
    fact: "UpdateSecret: takes a token again with the same value alone, and does not touch rotation",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.service.idle();
      const before = await scene.describe();
      const token = randomUUID();
      const update = new UpdateSecretCommand({ SecretId: "key", SecretString: "second", ClientRequestToken: token });
      await scene.harness.client.send(update);
      expect(await scene.harness.client.send(update)).toMatchObject({ VersionId: token });
      const other = new UpdateSecretCommand({ SecretId: "key", SecretString: "third", ClientRequestToken: token });
      await expect(scene.harness.client.send(other)).rejects.toMatchObject({ name: "ResourceExistsException" });
      await scene.harness.client.send(new UpdateSecretCommand({ SecretId: "key", Description: "text" }));
      const after = await scene.describe();
      expect(after).toMatchObject({
        RotationEnabled: true,
        RotationRules: before.RotationRules ?? {},
        Description: "text",
      });
      expect(await scene.value()).toBe("second");
    },
  },
  {
    fact: "Placeholder: before step 1 an AWSPENDING version without a value exists, and GetSecretValue on it fails",
    async check(scene) {
      await scene.secret();
      const errors: unknown[] = [];
      scene.harness.rotationFunction = async ({ Step, ClientRequestToken }) => {
        if (Step !== "createSecret") throw new Error("enough");
        for (const by of [{ VersionStage: "AWSPENDING" }, { VersionId: ClientRequestToken }]) {
          errors.push(await scene.value(by).catch((error: unknown) => error));
        }
      };
      const token = await scene.rotate();
      expect(await scene.versionOf("AWSPENDING")).toBe(token);
      await scene.harness.service.idle();
      expect(errors).toHaveLength(2);
      for (const error of errors) expect(error).toMatchObject({ name: "ResourceNotFoundException" });
    },
  },
  {
    fact: "UpdateSecretVersionStage: RemoveFromVersionId makes a compare-and-swap of it",
    async check(scene) {
      await scene.secret();
      const current = (await scene.versionOf("AWSCURRENT")) ?? "";
      const next = await scene.put("next", randomUUID(), ["AWSPENDING"]);
      for (const from of [undefined, next]) {
        await expect(scene.move("AWSCURRENT", next, from)).rejects.toMatchObject({ name: "InvalidParameterException" });
      }
      expect(await scene.versionOf("AWSCURRENT")).toBe(current);
      await scene.move("AWSCURRENT", next, current);
      expect((await scene.describe()).VersionIdsToStages).toEqual({
        [current]: ["AWSPREVIOUS"],
        [next]: ["AWSPENDING", "AWSCURRENT"],
      });
      await expect(scene.move("AWSCURRENT", next, current)).rejects.toMatchObject({
        name: "InvalidParameterException",
      });
    },
  },
  {
    fact: "UpdateSecretVersionStage: AWSCURRENT can be moved only; a version must exist",
    async check(scene) {
      await scene.secret();
      const current = (await scene.versionOf("AWSCURRENT")) ?? "";
      await expect(scene.move("AWSCURRENT", undefined, current)).rejects.toMatchObject({
        name: "InvalidParameterException",
      });
      await expect(scene.move("AWSCURRENT", randomUUID(), current)).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    },
  },
  {
    fact: "Success end state: AWSPENDING beside AWSCURRENT, as AWS's template leaves it, lets the next rotation start",
    async check(scene) {
      await scene.secret();
      scene.template();
      const first = await scene.rotate();
      await scene.harness.service.idle();
      expect((await scene.describe()).VersionIdsToStages?.[first]).toEqual(["AWSPENDING", "AWSCURRENT"]);
      const second = await scene.rotate();
      await scene.harness.service.idle();
      expect((await scene.describe()).VersionIdsToStages).toEqual({
        [first]: ["AWSPREVIOUS"],
        [second]: ["AWSPENDING", "AWSCURRENT"],
      });
    },
  },
  {
    fact: "Success end state: AWSPENDING elsewhere refuses RotateSecret, and that rotation is tried again",
    async check(scene) {
      await scene.secret();
      let broken = true;
      scene.templateFailingAt("setSecret", () => broken);
      const token = await scene.rotate();
      await scene.harness.advanceTo(START + 6 * HOUR);
      expect(scene.events().at(-1)).toBe("RotationFailed");
      const refusal = {
        name: "InvalidRequestException",
        message: "A previous rotation isn't complete. That rotation will be reattempted.",
      };
      for (const RotateImmediately of [true, false]) {
        await expect(scene.rotate({ RotateImmediately })).rejects.toMatchObject(refusal);
      }
      broken = false;
      await scene.harness.advanceTo(START + 7 * HOUR);
      expect(await scene.versionOf("AWSCURRENT")).toBe(token);
    },
  },
  {
    fact: "RotateImmediately=false: runs testSecret alone with an AWSPENDING copy that is removed again",
    async check(scene) {
      await scene.secret();
      const before = (await scene.describe()).VersionIdsToStages;
      let pending: unknown;
      scene.harness.rotationFunction = async ({ ClientRequestToken }) => {
        expect(await scene.versionOf("AWSPENDING")).toBe(ClientRequestToken);
        pending = await scene.value({ VersionId: ClientRequestToken }).catch((error: unknown) => error);
      };
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.service.idle();
      expect(scene.steps()).toEqual(["testSecret"]);
      expect(pending).toBe("first");
      expect((await scene.describe()).VersionIdsToStages).toEqual(before);
      const { Versions } = await scene.harness.client.send(
        new ListSecretVersionIdsCommand({ SecretId: "key", IncludeDeprecated: true }),
      );
      expect(Versions).toHaveLength(1);
      expect(scene.events()).toEqual(["TestRotationStarted", "TestRotationSucceeded"]);
    },
  },
  {
    fact: "RotateImmediately=false: the version under test can be set to hold nothing",
    settings: { testVersionContent: "empty" },
    async check(scene) {
      await scene.secret("current");
      let pending: unknown;
      scene.harness.rotationFunction = async ({ ClientRequestToken }) => {
        pending = await scene.value({ VersionId: ClientRequestToken }).catch((error: unknown) => error);
      };
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.service.idle();
      expect(pending).toMatchObject({ name: "ResourceNotFoundException" });
      expect(await scene.versionOf("AWSPENDING")).toBeUndefined();
    },
  },
  {
    fact: "RotateImmediately=false: a test that fails is reported and not retried",
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("testSecret");
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.advanceTo(START + DAY);
      expect(scene.steps()).toEqual(["testSecret"]);
      expect(scene.events()).toEqual(["TestRotationStarted", "TestRotationFailed"]);
      expect(await scene.versionOf("AWSPENDING")).toBeUndefined();
    },
  },
  {
    fact: "Changing schedule with false: the rotation scheduled before still occurs, unless the new one is cron()",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.service.idle();
      const before = (await scene.describe()).NextRotationDate;
      await scene.rotate({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 30 } });
      await scene.harness.service.idle();
      expect((await scene.describe()).NextRotationDate).toEqual(before);
      await scene.rotate({ RotateImmediately: false, RotationRules: { ScheduleExpression: "cron(0 8 1 * ? *)" } });
      expect((await scene.describe()).NextRotationDate).toEqual(new Date(Date.UTC(2026, 11, 1, 23, 59, 59)));
    },
  },
  {
    fact: "Frequency: every 4 hours at most, 1 to 1,000 days, one way of saying it, windows within the UTC day",
    async check(scene) {
      await scene.secret();
      const refused = [
        { AutomaticallyAfterDays: 0 },
        { AutomaticallyAfterDays: 1_001 },
        { AutomaticallyAfterDays: 7, ScheduleExpression: "rate(7 days)" },
        { ScheduleExpression: "rate(3 hours)" },
        { ScheduleExpression: "rate(1001 days)" },
        { ScheduleExpression: "rate(30 minutes)" },
        { ScheduleExpression: "cron(0 0,3 * * ? *)" },
        { ScheduleExpression: "cron(30 8 * * ? *)" },
        { ScheduleExpression: "cron(0 8 * * * *)" },
        { ScheduleExpression: "cron(0 8 31 2 ? *)" },
        { ScheduleExpression: "rate(4 hours)", Duration: "5h" },
        { ScheduleExpression: "cron(0 20 * * ? *)", Duration: "5h" },
        { AutomaticallyAfterDays: 7, Duration: "25h" },
        { AutomaticallyAfterDays: 7, Duration: "2d" },
      ];
      for (const RotationRules of refused) {
        const result = scene.rotate({ RotationRules }).then(
          () => "accepted",
          (error: Error) => error.name,
        );
        expect({ RotationRules, result: await result }).toEqual({ RotationRules, result: "InvalidParameterException" });
      }
      expect((await scene.describe()).RotationEnabled).toBeUndefined();
      for (const RotationRules of [
        { AutomaticallyAfterDays: 1_000 },
        { ScheduleExpression: "rate(4 hours)", Duration: "4h" },
        { ScheduleExpression: "cron(0 */4 * * ? *)" },
        { ScheduleExpression: "cron(0 20 ? * SUN#1 *)", Duration: "4h" },
      ]) {
        await scene.rotate({ RotationRules, RotateImmediately: false });
        await scene.harness.service.idle();
        expect((await scene.describe()).RotationRules).toEqual(RotationRules);
      }
    },
  },
  {
    fact: "Start time: within the window of its UTC day, and exactly an interval apart for one secret",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false, RotationRules: { AutomaticallyAfterDays: 7, Duration: "3h" } });
      await scene.harness.service.idle();
      expect((await scene.describe()).NextRotationDate).toEqual(new Date(Date.UTC(2026, 11, 1, 2, 59, 59)));
      const first = scene.harness.service.nextDue() ?? 0;
      expect(first - Date.UTC(2026, 11, 1)).toBeGreaterThanOrEqual(0);
      expect(first - Date.UTC(2026, 11, 1)).toBeLessThan(3 * HOUR);
      const rotatedAt: number[] = [];
      for (let week = 1; week <= 3; week++) {
        await scene.harness.advanceTo(START + week * 7 * DAY + DAY);
        rotatedAt.push((await scene.describe()).LastRotatedDate?.getTime() ?? 0);
      }
      expect(rotatedAt).toEqual([first, first + 7 * DAY, first + 14 * DAY]);
    },
  },
  {
    fact: "Start time: a schedule in hours has windows of one hour, an interval apart",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false, RotationRules: { ScheduleExpression: "rate(6 hours)" } });
      await scene.harness.service.idle();
      expect((await scene.describe()).NextRotationDate).toEqual(new Date(Date.UTC(2026, 10, 24, 16, 59, 59)));
      const first = scene.harness.service.nextDue() ?? 0;
      await scene.harness.advanceTo(first + 18 * HOUR);
      const starts = scene.harness.events.filter(({ name }) => name === "RotationSucceeded");
      expect(starts).toHaveLength(4);
      expect(scene.harness.service.nextDue()).toBe(first + 24 * HOUR);
    },
  },
  {
    fact: "Manual write: counts as a rotation for the schedule, but is none",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.advanceTo(START + 3 * DAY);
      await scene.put("by hand");
      const described = await scene.describe();
      expect(described.NextRotationDate).toEqual(new Date(Date.UTC(2026, 11, 4, 23, 59, 59)));
      expect(described.LastRotatedDate).toBeUndefined();
    },
  },
  {
    fact: "Manual write during a rotation: RotationAbandoned, AWSPENDING dropped, no further step",
    async check(scene) {
      await scene.secret();
      const template = rotationTemplate(scene.harness.client);
      let edited = "";
      scene.harness.rotationFunction = async (event: RotationEvent) => {
        await template(event);
        if (event.Step === "setSecret") edited = await scene.put("by hand");
      };
      const token = await scene.rotate();
      await scene.harness.advanceTo(START + DAY);
      expect(scene.steps()).toEqual(["createSecret", "setSecret"]);
      expect(scene.events()).toEqual(["RotationStarted", "RotationAbandoned"]);
      expect(await scene.versionOf("AWSPENDING")).toBeUndefined();
      expect(await scene.versionOf("AWSCURRENT")).toBe(edited);
      expect((await scene.describe()).VersionIdsToStages).not.toHaveProperty(token);
      // Nothing stands in the way of the next one.
      scene.template();
      await scene.rotate();
    },
  },
  {
    fact: "Manual write while a rotation waits for its retry: abandoned as well",
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("testSecret");
      await scene.rotate();
      await scene.harness.service.idle();
      await scene.put("by hand");
      expect(scene.events().at(-1)).toBe("RotationAbandoned");
      expect(await scene.versionOf("AWSPENDING")).toBeUndefined();
      await scene.harness.advanceTo(START + DAY);
      expect(scene.steps()).toEqual(["createSecret", "setSecret", "testSecret"]);
    },
  },
  {
    fact: "CancelRotateSecret: turns rotation off, answers the version in progress and leaves its label, which blocks the next",
    async check(scene) {
      await scene.secret();
      scene.templateFailingAt("testSecret");
      const token = await scene.rotate();
      await scene.harness.service.idle();
      const cancelled = await scene.harness.client.send(new CancelRotateSecretCommand({ SecretId: "key" }));
      expect(cancelled.VersionId).toBe(token);
      const described = await scene.describe();
      expect(described).toMatchObject({ RotationEnabled: false, RotationRules: { AutomaticallyAfterDays: 7 } });
      expect(described.NextRotationDate).toBeUndefined();
      expect(await scene.versionOf("AWSPENDING")).toBe(token);
      expect(scene.harness.service.nextDue()).toBeUndefined();
      await expect(scene.rotate()).rejects.toMatchObject({ name: "InvalidRequestException" });
      expect(scene.harness.service.nextDue()).toBeUndefined();
      await scene.move("AWSPENDING", undefined, token);
      scene.template();
      await scene.rotate();
    },
  },
  {
    fact: "CancelRotateSecret during a step: no further step",
    async check(scene) {
      await scene.secret();
      scene.harness.rotationFunction = async () => {
        await scene.harness.client.send(new CancelRotateSecretCommand({ SecretId: "key" }));
      };
      await scene.rotate();
      await scene.harness.advanceTo(START + DAY);
      expect(scene.steps()).toEqual(["createSecret"]);
    },
  },
  {
    fact: "Deletion: recovery of 7 to 30 days, 30 by default; no read, write or rotation while scheduled; restored whole",
    async check(scene) {
      const arn = await scene.secret();
      const { client } = scene.harness;
      for (const RecoveryWindowInDays of [6, 31]) {
        await expect(
          client.send(new DeleteSecretCommand({ SecretId: "key", RecoveryWindowInDays })),
        ).rejects.toMatchObject({
          name: "InvalidParameterException",
        });
      }
      const deleted = await client.send(new DeleteSecretCommand({ SecretId: "key" }));
      expect(deleted.DeletionDate).toEqual(new Date(START + 30 * DAY));
      expect((await scene.describe()).DeletedDate).toEqual(deleted.DeletionDate);
      const refused = { name: "InvalidRequestException" };
      await expect(scene.value()).rejects.toMatchObject(refused);
      await expect(scene.put("second")).rejects.toMatchObject(refused);
      await expect(scene.rotate()).rejects.toMatchObject(refused);
      await expect(client.send(new DeleteSecretCommand({ SecretId: "key" }))).rejects.toMatchObject(refused);
      await client.send(new RestoreSecretCommand({ SecretId: "key" }));
      expect(await scene.value()).toBe("first");
      await client.send(new DeleteSecretCommand({ SecretId: arn, RecoveryWindowInDays: 7 }));
      expect(scene.harness.service.nextDue()).toBe(START + 7 * DAY);
      await scene.harness.advanceTo(START + 7 * DAY);
      await expect(scene.describe()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    },
  },
  {
    fact: "Deletion: windows that passed before the restoration are not made up for",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false, RotationRules: { ScheduleExpression: "rate(2 days)" } });
      await scene.harness.service.idle();
      await scene.harness.client.send(new DeleteSecretCommand({ SecretId: "key" }));
      await scene.harness.advanceTo(START + 9 * DAY);
      await scene.harness.client.send(new RestoreSecretCommand({ SecretId: "key" }));
      expect(scene.harness.service.nextDue()).toBeGreaterThan(START + 9 * DAY);
      await scene.harness.advanceTo(START + 11 * DAY);
      expect(scene.events().filter((name) => name === "RotationSucceeded")).toHaveLength(1);
    },
  },
  {
    fact: "Deletion: without a time guarantee",
    settings: { permanentDeletionDelayMillis: DAY },
    async check(scene) {
      await scene.secret();
      await scene.harness.client.send(new DeleteSecretCommand({ SecretId: "key", RecoveryWindowInDays: 7 }));
      await scene.harness.advanceTo(START + 7 * DAY);
      expect((await scene.describe()).DeletedDate).toEqual(new Date(START + 7 * DAY));
      await scene.harness.advanceTo(START + 8 * DAY);
      await expect(scene.describe()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    },
  },
  {
    fact: "Deletion in the middle of a rotation: it stops",
    async check(scene) {
      await scene.secret();
      scene.harness.rotationFunction = async () => {
        await scene.harness.client.send(new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true }));
      };
      await scene.rotate();
      await scene.harness.advanceTo(START + DAY);
      expect(scene.steps()).toEqual(["createSecret"]);
      expect(scene.events()).toEqual(["RotationStarted", "StartSecretVersionDelete", "EndSecretVersionDelete"]);
      expect(scene.harness.service.nextDue()).toBeUndefined();
    },
  },
  {
    fact: "Name reuse: refused while scheduled for deletion, free after a forced deletion, which also takes unknown names",
    async check(scene) {
      const arn = await scene.secret();
      const { client } = scene.harness;
      await client.send(new DeleteSecretCommand({ SecretId: "key" }));
      await expect(scene.secret()).rejects.toMatchObject({
        name: "InvalidRequestException",
        message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
      });
      await client.send(new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true }));
      await client.send(new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true }));
      expect(await scene.secret("again")).not.toBe(arn);
      await expect(client.send(new DescribeSecretCommand({ SecretId: arn }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    },
  },
  {
    fact: "Versions: unlabelled ones above 100 go, but none younger than 24 hours",
    async check(scene) {
      await scene.secret();
      const count = async () => {
        const input = { SecretId: "key", IncludeDeprecated: true };
        const first = await scene.harness.client.send(new ListSecretVersionIdsCommand(input));
        if (first.NextToken === undefined) return first.Versions?.length ?? 0;
        const rest = await scene.harness.client.send(
          new ListSecretVersionIdsCommand({ ...input, NextToken: first.NextToken }),
        );
        return (first.Versions?.length ?? 0) + (rest.Versions?.length ?? 0);
      };
      for (let i = 0; i < 120; i++) await scene.put(`value ${i}`);
      expect(await count()).toBe(121);
      scene.harness.clock.millis += DAY;
      await scene.put("a day later");
      expect(await count()).toBe(100);
      expect(await scene.value({ VersionStage: "AWSPREVIOUS" })).toBe("value 119");
    },
  },
  {
    fact: "Size/labels: 65,536 bytes, 20 staging labels",
    async check(scene) {
      await scene.secret();
      await scene.put("é".repeat(32_768));
      await expect(scene.put(`${"é".repeat(32_768)}x`)).rejects.toMatchObject({ name: "InvalidParameterException" });
      const labels = Array.from({ length: 20 }, (_, i) => `label-${i}`);
      const token = await scene.put("labelled", randomUUID(), labels);
      await expect(scene.move("one-more", token)).rejects.toMatchObject({ name: "LimitExceededException" });
      expect((await scene.describe()).VersionIdsToStages?.[token]).toEqual(labels);
    },
  },
  {
    fact: "Permission: RotateSecret is refused where the function's policy does not let Secrets Manager in",
    async check(scene) {
      const arn = await scene.secret();
      const asked: unknown[] = [];
      scene.harness.mayInvoke = (...question) => {
        asked.push(question);
        return false;
      };
      await expect(scene.rotate()).rejects.toMatchObject({ name: "AccessDeniedException" });
      expect(asked).toEqual([[FUNCTION_ARN, arn]]);
      expect((await scene.describe()).RotationEnabled).toBeUndefined();
    },
  },
  {
    fact: "Permission: one that is taken away later makes the rotation fail",
    async check(scene) {
      await scene.secret();
      scene.template();
      await scene.rotate({ RotateImmediately: false });
      await scene.harness.service.idle();
      scene.harness.mayInvoke = () => false;
      await scene.harness.advanceTo(START + 9 * DAY);
      expect(scene.steps()).toEqual(["testSecret"]);
      expect(scene.events().at(-1)).toBe("RotationFailed");
    },
  },
  {
    fact: "Rotation needs a function: none configured is InvalidRequestException",
    async check(scene) {
      await scene.secret();
      await expect(scene.harness.client.send(new RotateSecretCommand({ SecretId: "key" }))).rejects.toMatchObject({
        name: "InvalidRequestException",
      });
    },
  },
  {
    fact: "Replication: metadata in sync; regions must be removed before the deletion",
    async check(scene) {
      await scene.secret();
      const { client } = scene.harness;
      await client.send(
        new ReplicateSecretToRegionsCommand({ SecretId: "key", AddReplicaRegions: [{ Region: "eu-west-1" }] }),
      );
      expect(await scene.describe()).toMatchObject({
        PrimaryRegion: "us-east-1",
        ReplicationStatus: [{ Region: "eu-west-1", Status: "InSync" }],
      });
      const remove = new DeleteSecretCommand({ SecretId: "key", ForceDeleteWithoutRecovery: true });
      await expect(client.send(remove)).rejects.toMatchObject({ name: "InvalidParameterException" });
      await client.send(
        new RemoveRegionsFromReplicationCommand({ SecretId: "key", RemoveReplicaRegions: ["eu-west-1"] }),
      );
      await client.send(remove);
    },
  },
  {
    fact: "BlockPublicPolicy: off by default",
    async check(scene) {
      await scene.secret();
      const ResourcePolicy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "secretsmanager:*", Resource: "*" }],
      });
      await expect(
        scene.harness.client.send(
          new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy, BlockPublicPolicy: true }),
        ),
      ).rejects.toMatchObject({ name: "PublicPolicyException" });
      await scene.harness.client.send(new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy }));
    },
  },
  {
    fact: "JS report: after createSecret the pending version is read by stage and by token",
    async check(scene) {
      await scene.secret();
      const template = rotationTemplate(scene.harness.client);
      const seen: unknown[] = [];
      scene.harness.rotationFunction = async (event) => {
        await template(event);
        if (event.Step !== "setSecret") return;
        seen.push(
          await scene.value({ VersionStage: "AWSPENDING" }),
          await scene.value({ VersionId: event.ClientRequestToken }),
        );
      };
      const token = await scene.rotate();
      await scene.harness.service.idle();
      expect(seen).toEqual([`value of ${token}`, `value of ${token}`]);
    },
  },
];

describe("the documented rotation contract", () => {
  test.each(rows)("$fact", async ({ settings, check }) => {
    const harness = await startSecretsManager(settings);
    try {
      await check(new Scene(harness));
    } finally {
      await harness.close();
    }
  });
});
