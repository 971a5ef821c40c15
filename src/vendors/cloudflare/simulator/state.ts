import { createHash } from "node:crypto";
import { defined } from "../../../model/defined";
import { isoSeconds } from "../../../model/units";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export interface Policy {
  readonly effect: "allow" | "deny";
  readonly permission_groups: ReadonlyArray<{ readonly id: string }>;
  readonly resources: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

export interface Condition {
  readonly request_ip?:
    | { readonly in?: readonly string[] | undefined; readonly not_in?: readonly string[] | undefined }
    | undefined;
}

export interface TokenFields {
  name: string;
  disabled: boolean;
  policies: readonly Policy[];
  condition: Condition | undefined;
  /** Unix seconds. */
  notBefore: number | undefined;
  expiresOn: number | undefined;
}

export interface StoredToken extends TokenFields {
  readonly id: string;
  readonly value: string;
  readonly issuedOn: number;
  modifiedOn: number;
  lastUsedOn: number | undefined;
}

export interface PermissionGroup {
  readonly id: string;
  readonly name: string;
  readonly category: string;
}

/** As Cloudflare lists them, with their real ids; those that have to do with AI, and two others. */
const GROUPS: ReadonlyArray<readonly [id: string, name: string, category?: string]> = [
  ["a92d2450e05d4e7bb7d0a64968f83d11", "Workers AI Read"],
  ["bacc64e0f6c34fc0883a1223f938a104", "Workers AI Write"],
  ["4dc8917b4b40457d88d3035d5dadb054", "AI Gateway Read"],
  ["644535f4ed854494a59cb289d634b257", "AI Gateway Run"],
  ["6c8a3737f07f46369c1ea1f22138daaf", "AI Gateway Write"],
  ["d7887c7a417e4cf2a69f1d01c1a1dc3b", "Auto Rag Read"],
  ["7fb8d27511b34d02994d005b520b679f", "Auto Rag Write"],
  ["1799edaae5db489294430e20d9b519e0", "Vectorize Read"],
  ["64156ba5be47441096c83c7fc17c488b", "Vectorize Write"],
  ["c1fde68c7bcc44588cbb6ddbc16d6480", "Account Settings Read", "account_and_billing"],
  ["5bc3f8b21c554832afc660159ab75fa4", "Account API Tokens Write", "account_and_billing"],
];

/** One account at Cloudflare, and the token of a user who may manage the account's tokens. */
export class CloudflareState {
  readonly accountId: string;
  readonly adminKey: string;
  readonly groups: readonly PermissionGroup[] = GROUPS.map(([id, name, category = "ai_and_machine_learning"]) => ({
    id,
    name,
    category,
  }));
  readonly tokens = new Map<string, StoredToken>();
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.accountId = this.#id();
    this.adminKey = this.#value("cfut_");
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addToken(fields: TokenFields): StoredToken {
    const token: StoredToken = {
      ...fields,
      id: this.#id(),
      value: this.#value("cfat_"),
      issuedOn: this.seconds,
      modifiedOn: this.seconds,
      lastUsedOn: undefined,
    };
    this.tokens.set(token.id, token);
    return token;
  }

  tokenOf(value: string): StoredToken | undefined {
    return [...this.tokens.values()].find((token) => token.value === value);
  }

  statusOf({ disabled, expiresOn }: StoredToken): "active" | "disabled" | "expired" {
    if (expiresOn !== undefined && expiresOn <= this.seconds) return "expired";
    return disabled ? "disabled" : "active";
  }

  shownToken(token: StoredToken): object {
    const { id, name, policies, condition, issuedOn, modifiedOn, notBefore, expiresOn, lastUsedOn } = token;
    return {
      id,
      name,
      status: this.statusOf(token),
      issued_on: isoSeconds(issuedOn),
      modified_on: isoSeconds(modifiedOn),
      ...(notBefore === undefined ? {} : { not_before: isoSeconds(notBefore) }),
      ...(expiresOn === undefined ? {} : { expires_on: isoSeconds(expiresOn) }),
      ...(lastUsedOn === undefined ? {} : { last_used_on: isoSeconds(lastUsedOn) }),
      policies: policies.map((policy, index) => ({
        ...policy,
        id: createHash("md5").update(`${id}${index}`).digest("hex"),
        permission_groups: policy.permission_groups.map((group) => ({
          ...group,
          name: this.#nameOf(group.id),
          meta: {},
        })),
      })),
      ...defined({ condition }),
    };
  }

  #nameOf(groupId: string): string {
    return this.groups.find(({ id }) => id === groupId)?.name ?? "";
  }

  #id(): string {
    return createHash("md5").update(this.#random.urlSafe(32)).digest("hex");
  }

  #value(prefix: string): string {
    const value = `${prefix}${this.#random.alphanumeric(40)}${this.#random.alphanumeric(8)}`;
    this.#issued.push(value);
    return value;
  }
}
