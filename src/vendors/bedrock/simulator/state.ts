import { SeededRandom } from "../../../sandbox/vendors/random";
import type { AccountUser, Clock } from "../../../sandbox/vendors/simulator";

const SECONDS_PER_DAY = 86_400;
export const BEDROCK = "bedrock.amazonaws.com";

export interface StoredCredential {
  readonly id: string;
  readonly service: string;
  /** Of Bedrock's an alias, of other services' a user name. */
  readonly alias: string;
  value: string;
  readonly createdAt: number;
  /** Unix seconds; undefined: it does not expire. */
  readonly expiresAt: number | undefined;
  status: "Active" | "Inactive";
}

export interface StoredUser {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  /** ARN of the policy that bounds what it may do. */
  readonly boundary: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** Name -> inline policy. */
  readonly policies: Map<string, string>;
  /** ARNs. */
  readonly attached: Set<string>;
  readonly credentials: Map<string, StoredCredential>;
  /** Of a user whom the account keeps: its policies are asked for there. */
  readonly account?: AccountUser;
}

/** The IAM users of one AWS account that have API keys of Bedrock. */
export class BedrockState {
  /** By name in lower case: to IAM names that differ in case alone are the same. */
  readonly users = new Map<string, StoredUser>();
  readonly accountId = "123456789012";
  /** Of a role's session. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.accessKeyId = `ASIA${this.#random.alphanumeric(16).toUpperCase()}`;
    this.secretAccessKey = this.#random.alphanumeric(40);
    this.sessionToken = `IQoJ${this.#random.alphanumeric(200)}`;
    this.#issued.push(this.secretAccessKey, this.sessionToken);
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  user(name: string): StoredUser | undefined {
    return this.users.get(name.toLowerCase());
  }

  addUser(name: string, path: string, tags: ReadonlyMap<string, string>, boundary?: string): StoredUser {
    const user: StoredUser = {
      id: `AIDA${this.#random.alphanumeric(17).toUpperCase()}`,
      name,
      path,
      createdAt: this.seconds,
      tags,
      boundary,
      policies: new Map(),
      attached: new Set(),
      credentials: new Map(),
    };
    this.users.set(name.toLowerCase(), user);
    return user;
  }

  /** A user whom the account keeps. */
  adopt(account: AccountUser): void {
    if (this.user(account.name) !== undefined) return;
    const user = this.addUser(account.name, account.path, new Map());
    this.users.set(account.name.toLowerCase(), { ...user, account });
  }

  addCredential(user: StoredUser, ageDays: number | undefined, service = BEDROCK): StoredCredential {
    const credential: StoredCredential = {
      id: `ACCA${this.#random.alphanumeric(17).toUpperCase()}`,
      service,
      alias: `${user.name}+${this.#random.alphanumeric(4)}-at-${this.accountId}`,
      value: this.#newValue(user, service),
      createdAt: this.seconds,
      expiresAt: ageDays === undefined ? undefined : this.seconds + ageDays * SECONDS_PER_DAY,
      status: "Active",
    };
    user.credentials.set(credential.id, credential);
    return credential;
  }

  /** The value before opens nothing any more. */
  reset(user: StoredUser, credential: StoredCredential): void {
    credential.value = this.#newValue(user, credential.service);
  }

  #newValue(user: StoredUser, service: string): string {
    const secret = this.#random.urlSafe(64);
    const value =
      service === BEDROCK
        ? `ABSK${Buffer.from(`${user.name}-at-${this.accountId}:${secret}`).toString("base64")}`
        : secret.slice(0, 44);
    this.#issued.push(value);
    return value;
  }

  statusOf({ status, expiresAt }: StoredCredential): "Active" | "Inactive" | "Expired" {
    return expiresAt !== undefined && expiresAt <= this.seconds ? "Expired" : status;
  }

  /** Whose key it is, where it opens anything now. */
  userOf(value: string): StoredUser | undefined {
    return [...this.users.values()].find(({ credentials }) =>
      [...credentials.values()].some(
        (one) => one.service === BEDROCK && one.value === value && this.statusOf(one) === "Active",
      ),
    );
  }

  arnOf({ name, path }: StoredUser): string {
    return `arn:aws:iam::${this.accountId}:user${path}${name}`;
  }

  requestId(): string {
    const hex = Buffer.from(this.#random.urlSafe(16)).toString("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  }
}
