import type { Clock } from "../../vendors/simulator";
import { type KmsKeyLook, KnownKmsKeys } from "./encryption";
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
import { type SecretValue, textsOf } from "./value";

export type { SecretsManagerSettings } from "./settings";

export interface SecretsManagerDependencies {
  readonly clock: Clock;
  readonly accountId: string;
  /** Where a call is made that names no region. */
  readonly region: string;
  /**
   * Synchronous invocation of a rotation function; `failed` when the function answered an error or
   * timed out.
   */
  invoke(functionArn: string, event: unknown): Promise<{ failed: boolean; message?: string }>;
  /** Whether a KMS key, by id, ARN or alias, can be used in a region; without it, any can. */
  isKmsKeyUsable?: KmsKeyLook;
  /**
   * Whether the function's policy lets secretsmanager.amazonaws.com in, with this account and this
   * secret's ARN as source.
   */
  mayInvoke(functionArn: string, secretArn: string): boolean;
  /**
   * RotationStarted, RotationSucceeded, RotationFailed, RotationAbandoned, … for the journal. Never
   * a value.
   */
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

/** One region of the account. */
interface Regional {
  readonly store: SecretStore;
  readonly rotations: Rotations;
  readonly context: Omit<OperationContext, "principal" | "kms">;
}

/** Secrets Manager of one account, as AWS documents it. Keeps everything in memory. */
export class SecretsManagerService {
  readonly #dependencies: SecretsManagerDependencies;
  readonly #settings: SecretsManagerSettings;
  readonly #regions = new Map<string, Regional>();
  readonly #values = new Set<string>();

  constructor(dependencies: SecretsManagerDependencies, settings: Partial<SecretsManagerSettings> = {}) {
    this.#dependencies = dependencies;
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
  }

  /**
   * @param operation last part of X-Amz-Target: `PutSecretValue`.
   * @param input the parsed JSON body.
   * @param caller `region`: where the call is made; the service's own where it is not said.
   * @returns status and JSON body in AWS's wire shape (application/x-amz-json-1.1); an undefined
   * member is absent on the wire.
   */
  async call(
    operation: string,
    input: unknown,
    caller: { principal: string; region?: string },
  ): Promise<{ status: number; body: unknown }> {
    try {
      const run = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
      if (run === undefined) throw invalidAction(operation);
      const { context } = this.#region(caller.region ?? this.#dependencies.region);
      const kms = new KnownKmsKeys(this.#dependencies.isKmsKeyUsable ?? (async () => true));
      await kms.learn(kmsKeysOf(context, input));
      return { status: 200, body: run({ ...context, principal: caller.principal, kms }, input) };
    } catch (error) {
      if (!(error instanceof SecretsManagerError)) throw error;
      return { status: error.status, body: { __type: error.type, Message: error.message } };
    }
  }

  /**
   * Earliest time (Unix ms) at which a rotation, its retry or a permanent deletion is due, or
   * undefined.
   */
  nextDue(): number | undefined {
    return this.#due()?.at;
  }

  /** Runs everything due by now, in order, and resolves when that has ended. */
  async runDue(): Promise<void> {
    const { clock } = this.#dependencies;
    for (let due = this.#due(); due !== undefined && due.at <= clock.now(); due = this.#due()) {
      const { secret, region } = due;
      if (secret.deletedAt === undefined) await region.rotations.runDue(secret);
      else removeForGood(region.context, secret);
    }
  }

  /** Resolves when no rotation runs. */
  async idle(): Promise<void> {
    await Promise.all([...this.#regions.values()].map(({ rotations }) => rotations.idle()));
  }

  /**
   * Every value held now or before, each string in it where it is JSON, and every rotation token:
   * for redaction.
   */
  values(): readonly string[] {
    return [...this.#values];
  }

  #due(): { secret: Secret; at: number; region: Regional } | undefined {
    let first: { secret: Secret; at: number; region: Regional } | undefined;
    for (const region of this.#regions.values()) {
      for (const secret of region.store.all()) {
        const at =
          secret.deletedAt === undefined
            ? region.rotations.dueAt(secret)
            : secret.deletedAt + this.#settings.permanentDeletionDelayMillis;
        if (at !== undefined && (first === undefined || at < first.at)) first = { secret, at, region };
      }
    }
    return first;
  }

  #region(name: string): Regional {
    const known = this.#regions.get(name);
    if (known !== undefined) return known;
    const { clock, accountId, invoke, mayInvoke, onEvent } = this.#dependencies;
    const store = new SecretStore(accountId, name);
    const emit = (event: string, secret: Secret, detail: Record<string, unknown>) =>
      onEvent?.({ name: event, secretArn: secret.arn, detail });
    const rotations = new Rotations({
      clock,
      store,
      settings: this.#settings,
      invoke,
      mayInvoke,
      emit,
      values: () => this.values(),
      remember: (value) => this.#values.add(value),
    });
    const context = {
      clock,
      region: name,
      store,
      storeOf: (region: string) => this.#region(region).store,
      rotations,
      permanentDeletionDelayMillis: this.#settings.permanentDeletionDelayMillis,
      mayInvoke,
      emit,
      remember: (value: SecretValue) => {
        for (const text of textsOf(value)) this.#values.add(text);
      },
    };
    const region = { store, rotations, context };
    this.#regions.set(name, region);
    return region;
  }
}

/**
 * Of the secrets that a call may touch, and those that it names itself. What is malformed the
 * operation refuses.
 */
function kmsKeysOf(
  { store, region }: Pick<OperationContext, "store" | "region">,
  input: unknown,
): Array<readonly [keyId: string | undefined, region: string]> {
  const { SecretId, SecretIdList, Filters, Name, KmsKeyId, AddReplicaRegions } = Object(input);
  const ids = [SecretId, Name, ...[SecretIdList].flat()].filter((id): id is string => typeof id === "string");
  const secrets = Filters === undefined ? ids.map((id) => store.find(id)) : store.all();
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return [
    ...secrets.map((secret) => [secret?.kmsKeyId, region] as const),
    [text(KmsKeyId), region],
    ...[AddReplicaRegions]
      .flat()
      .map((replica) => [text(Object(replica).KmsKeyId), text(Object(replica).Region) ?? ""] as const),
  ];
}
