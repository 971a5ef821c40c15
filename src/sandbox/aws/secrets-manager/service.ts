import type { Clock } from "../../simulator";
import { invalidAction, SecretsManagerError } from "./errors";
import type { Operation, OperationContext } from "./operation";
import {
  deleteResourcePolicy,
  getResourcePolicy,
  putResourcePolicy,
  validateResourcePolicy,
} from "./operations/policies";
import {
  removeRegionsFromReplication,
  replicateSecretToRegions,
  stopReplicationToReplica,
} from "./operations/replicas";
import { cancelRotateSecret, rotateSecret } from "./operations/rotation";
import {
  createSecret,
  deleteSecret,
  describeSecret,
  getRandomPassword,
  listSecrets,
  removeForGood,
  restoreSecret,
  tagResource,
  untagResource,
  updateSecret,
} from "./operations/secrets";
import {
  batchGetSecretValue,
  getSecretValue,
  listSecretVersionIds,
  putSecretValue,
  updateSecretVersionStage,
} from "./operations/values";
import { Rotations } from "./rotation";
import { DEFAULT_SETTINGS, type SecretsManagerSettings } from "./settings";
import { type Secret, SecretStore } from "./store";
import { textsOf } from "./value";

export type { SecretsManagerSettings } from "./settings";

export interface SecretsManagerDependencies {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** Synchronous invocation of a rotation function; `failed` when the function answered an error or timed out. */
  invoke(functionArn: string, event: unknown): Promise<{ failed: boolean; message?: string }>;
  /** Whether the function's policy lets secretsmanager.amazonaws.com in, with this account and this secret's ARN as source. */
  mayInvoke(functionArn: string, secretArn: string): boolean;
  /** RotationStarted, RotationSucceeded, RotationFailed, RotationAbandoned, … for the journal. Never a value. */
  onEvent?(event: { name: string; secretArn: string; detail: Record<string, unknown> }): void;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  BatchGetSecretValue: batchGetSecretValue,
  CancelRotateSecret: cancelRotateSecret,
  CreateSecret: createSecret,
  DeleteResourcePolicy: deleteResourcePolicy,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetRandomPassword: getRandomPassword,
  GetResourcePolicy: getResourcePolicy,
  GetSecretValue: getSecretValue,
  ListSecretVersionIds: listSecretVersionIds,
  ListSecrets: listSecrets,
  PutResourcePolicy: putResourcePolicy,
  PutSecretValue: putSecretValue,
  RemoveRegionsFromReplication: removeRegionsFromReplication,
  ReplicateSecretToRegions: replicateSecretToRegions,
  RestoreSecret: restoreSecret,
  RotateSecret: rotateSecret,
  StopReplicationToReplica: stopReplicationToReplica,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
  ValidateResourcePolicy: validateResourcePolicy,
};

/** Secrets Manager of one account and region, as AWS documents it. Keeps everything in memory. */
export class SecretsManagerService {
  readonly #clock: Clock;
  readonly #store: SecretStore;
  readonly #rotations: Rotations;
  readonly #values = new Set<string>();
  readonly #context: Omit<OperationContext, "principal">;

  constructor(d: SecretsManagerDependencies, settings: Partial<SecretsManagerSettings> = {}) {
    const chosen = { ...DEFAULT_SETTINGS, ...settings };
    const emit = (name: string, secret: Secret, detail: Record<string, unknown>) =>
      d.onEvent?.({ name, secretArn: secret.arn, detail });
    const mayInvoke = (functionArn: string, secretArn: string) => d.mayInvoke(functionArn, secretArn);
    this.#clock = d.clock;
    this.#store = new SecretStore(d.accountId, d.region);
    this.#rotations = new Rotations({
      clock: d.clock,
      store: this.#store,
      settings: chosen,
      invoke: (functionArn, event) => d.invoke(functionArn, event),
      mayInvoke,
      emit,
      values: () => this.values(),
      remember: (value) => this.#values.add(value),
    });
    this.#context = {
      clock: d.clock,
      region: d.region,
      store: this.#store,
      rotations: this.#rotations,
      permanentDeletionDelayMillis: chosen.permanentDeletionDelayMillis,
      mayInvoke,
      emit,
      remember: (value) => {
        for (const text of textsOf(value)) this.#values.add(text);
      },
    };
  }

  /**
   * @param operation last part of X-Amz-Target: `PutSecretValue`.
   * @param input the parsed JSON body.
   * @returns status and JSON body in AWS's wire shape (application/x-amz-json-1.1); an undefined member is absent on the wire.
   */
  async call(
    operation: string,
    input: unknown,
    caller: { principal: string },
  ): Promise<{ status: number; body: unknown }> {
    try {
      const run = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
      if (run === undefined) throw invalidAction(operation);
      return { status: 200, body: run({ ...this.#context, principal: caller.principal }, input) };
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      return { status: error.status, body: { __type: error.type, Message: error.message } };
    }
  }

  /** Earliest time (Unix ms) at which a rotation, its retry or a permanent deletion is due, or undefined. */
  nextDue(): number | undefined {
    return this.#due()?.at;
  }

  /** Runs everything due by now, in order, and resolves when that has ended. */
  async runDue(): Promise<void> {
    for (let due = this.#due(); due !== undefined && due.at <= this.#clock.now(); due = this.#due()) {
      if (due.secret.deletedAt === undefined) await this.#rotations.runDue(due.secret);
      else removeForGood(this.#context, due.secret);
    }
  }

  /** Resolves when no rotation runs. */
  async idle(): Promise<void> {
    await this.#rotations.idle();
  }

  /** Every value held now or before, each string in it where it is JSON, and every rotation token: for redaction. */
  values(): readonly string[] {
    return [...this.#values];
  }

  #due(): { secret: Secret; at: number } | undefined {
    let first: { secret: Secret; at: number } | undefined;
    for (const secret of this.#store.all()) {
      const at =
        secret.deletedAt === undefined
          ? this.#rotations.dueAt(secret)
          : secret.deletedAt + this.#context.permanentDeletionDelayMillis;
      if (at !== undefined && (first === undefined || at < first.at)) first = { secret, at };
    }
    return first;
  }
}
