import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describeAwsCall } from "../../src/sandbox/aws/request";
import {
  type SecretsManagerDependencies,
  SecretsManagerService,
  type SecretsManagerSettings,
} from "../../src/sandbox/aws/secrets-manager/service";
import { LoopbackServer } from "../../src/sandbox/http";
import type { Clock } from "../../src/sandbox/vendors/simulator";
import { OPEN_DOOR } from "./open-door";

/** Time that only a test moves. */
export class ManualClock implements Clock {
  constructor(public millis: number) {}

  now(): number {
    return this.millis;
  }
}

export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly RotationToken: string;
}

export type RotationFunction = (event: RotationEvent) => Promise<void>;

export interface SecretsManagerHarness {
  readonly clock: ManualClock;
  readonly service: SecretsManagerService;
  /** AWS's own client, over HTTP. */
  readonly client: SecretsManagerClient;
  /** One of another region of the same account. */
  clientIn(region: string): SecretsManagerClient;
  readonly events: Array<{ name: string; secretArn: string; detail: Record<string, unknown> }>;
  /** What the rotation function was called with, in order. */
  readonly invocations: RotationEvent[];
  /**
   * What the rotation function does; does nothing at first. An error it throws is a failed
   * invocation.
   */
  rotationFunction: RotationFunction;
  mayInvoke: SecretsManagerDependencies["mayInvoke"];
  /** `<region> <key>` of KMS keys that cannot be used. */
  /** Whether IAM refuses this call over HTTP. */
  denied: (operation: string) => boolean;
  readonly unusableKmsKeys: Set<string>;
  /** Lets time pass until then, stopping wherever something is due. */
  advanceTo(millis: number): Promise<void>;
  close(): Promise<void>;
}

export const ACCOUNT_ID = "123456789012";
export const REGION = "us-east-1";
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:rotator`;

/** A Tuesday, 10:20 UTC. */
export const START = Date.UTC(2026, 10, 24, 10, 20);

export async function startSecretsManager(
  settings: Partial<SecretsManagerSettings> = {},
): Promise<SecretsManagerHarness> {
  const clock = new ManualClock(START);
  const events: SecretsManagerHarness["events"] = [];
  const invocations: RotationEvent[] = [];
  const service: SecretsManagerService = new SecretsManagerService(
    {
      clock,
      accountId: ACCOUNT_ID,
      region: REGION,
      isKmsKeyUsable: async (keyId, region) => !harness.unusableKmsKeys.has(`${region} ${keyId}`),
      mayInvoke: (functionArn, secretArn) => harness.mayInvoke(functionArn, secretArn),
      onEvent: (event) => events.push(event),
      invoke: async (_functionArn, event) => {
        const sent: RotationEvent = JSON.parse(JSON.stringify(event));
        invocations.push(sent);
        try {
          await harness.rotationFunction(sent);
          return { failed: false };
        } catch (error) {
          return { failed: true, message: String(error) };
        }
      },
    },
    settings,
  );
  const server = await LoopbackServer.start(clock, OPEN_DOOR, async (request) => {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    if (harness.denied(operation)) {
      const denied = { __type: "AccessDeniedException", Message: "no identity-based policy allows it" };
      return { status: 400, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(denied) };
    }
    const { region = REGION } = describeAwsCall(request);
    const { status, body } = await service.call(operation, JSON.parse(request.body.toString()), {
      principal: "tester",
      region,
    });
    return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(body) };
  });
  const clients: SecretsManagerClient[] = [];
  const clientIn = (region: string) => {
    const made = new SecretsManagerClient({
      endpoint: server.url,
      region,
      credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
      maxAttempts: 1,
    });
    clients.push(made);
    return made;
  };
  const client = clientIn(REGION);
  const harness: SecretsManagerHarness = {
    clock,
    service,
    client,
    clientIn,
    events,
    invocations,
    rotationFunction: async () => undefined,
    mayInvoke: () => true,
    denied: () => false,
    unusableKmsKeys: new Set(),
    advanceTo: async (millis) => {
      await service.idle();
      for (let due = service.nextDue(); due !== undefined && due <= millis; due = service.nextDue()) {
        clock.millis = Math.max(clock.millis, due);
        await service.runDue();
      }
      clock.millis = millis;
    },
    close: async () => {
      for (const made of clients) made.destroy();
      await server.close();
    },
  };
  return harness;
}
