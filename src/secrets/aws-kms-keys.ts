import { DescribeKeyCommand, KMSClient, NotFoundException } from "@aws-sdk/client-kms";
import type { KmsKey, KmsKeys } from "../engine/ports";
import { defined } from "../model/defined";

/**
 * Where there is no way to KMS, as in a network without an endpoint of it, a plan is not to wait
 * for one.
 */
const CONNECTION_LIMIT_MILLIS = 2_000;
const ANSWER_LIMIT_MILLIS = 4_000;
const ATTEMPTS = 2;

/** Asks each key once. */
export class AwsKmsKeys implements KmsKeys {
  readonly #clients = new Map<string, KMSClient>();
  readonly #found = new Map<string, Promise<KmsKey | undefined>>();

  /** @param region where secrets are, other than replicas; found as the AWS CLI does without it */
  constructor(
    private readonly region?: string,
    /** Ends what is under way. */
    private readonly signal?: AbortSignal,
  ) {}

  describe(kmsKey: string, replicaRegion?: string): Promise<KmsKey | undefined> {
    const id = `${replicaRegion ?? ""} ${kmsKey}`;
    const known = this.#found.get(id);
    if (known !== undefined) return known;
    const asked = this.#ask(kmsKey, replicaRegion ?? this.region);
    this.#found.set(id, asked);
    return asked;
  }

  async #ask(kmsKey: string, region: string | undefined): Promise<KmsKey | undefined> {
    try {
      const { KeyMetadata: key } = await this.#client(region).send(
        new DescribeKeyCommand({ KeyId: kmsKey }),
        this.signal === undefined ? {} : { abortSignal: this.signal },
      );
      if (key?.Arn === undefined || key.KeyState === undefined) throw new Error("KMS says nothing of its state");
      const deletion = key.DeletionDate;
      return {
        arn: key.Arn,
        state: key.KeyState,
        ...(deletion === undefined ? {} : { deletionAt: Math.floor(deletion.getTime() / 1_000) }),
      };
    } catch (error) {
      if (error instanceof NotFoundException) return undefined;
      throw error;
    }
  }

  #client(region: string | undefined): KMSClient {
    const known = this.#clients.get(region ?? "");
    if (known !== undefined) return known;
    const client = new KMSClient({
      ...defined({ region }),
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECTION_LIMIT_MILLIS,
        requestTimeout: ANSWER_LIMIT_MILLIS,
        throwOnRequestTimeout: true,
      },
    });
    this.#clients.set(region ?? "", client);
    return client;
  }
}
