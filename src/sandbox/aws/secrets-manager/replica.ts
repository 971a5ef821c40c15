import type { Replica, Secret } from "./store";
import type { Versions } from "./versions";

/**
 * A secret that another region keeps in step: its value, labels, tags, description and policy are
 * the primary's.
 */
export class ReplicaSecret implements Secret {
  readonly replicas = new Map<string, Replica>();
  readonly createdAt: number;
  accessedAt: number | undefined;
  /** A primary with replicas is not deleted, and a replica is removed at once. */
  deletedAt: number | undefined;
  /** The primary's rotation renews both. */
  rotation: undefined;

  constructor(
    private readonly source: Secret,
    readonly arn: string,
    readonly primaryRegion: string,
    readonly kmsKeyId: string | undefined,
    now: number,
  ) {
    this.createdAt = now;
  }

  get name(): string {
    return this.source.name;
  }

  get createdWith(): string {
    return this.source.createdWith;
  }

  get versions(): Versions {
    return this.source.versions;
  }

  get tags(): Map<string, string> {
    return this.source.tags;
  }

  get tagged(): boolean {
    return this.source.tagged;
  }

  get description(): string | undefined {
    return this.source.description;
  }

  get policy(): string | undefined {
    return this.source.policy;
  }

  get changedAt(): number {
    return this.source.changedAt;
  }
}

/** What a replica becomes when it leaves its primary. */
export function promoted(replica: Secret): Secret {
  return {
    arn: replica.arn,
    name: replica.name,
    createdAt: replica.createdAt,
    createdWith: replica.createdWith,
    versions: replica.versions.copy(replica.arn),
    tags: new Map(replica.tags),
    replicas: new Map(),
    primaryRegion: undefined,
    tagged: replica.tagged,
    description: replica.description,
    kmsKeyId: replica.kmsKeyId,
    policy: replica.policy,
    changedAt: replica.changedAt,
    accessedAt: replica.accessedAt,
    deletedAt: undefined,
    rotation: undefined,
  };
}
