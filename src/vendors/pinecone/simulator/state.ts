import { createHash } from "node:crypto";
import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

const TOKEN_SECONDS = 1_800;

export interface StoredKey {
  readonly id: string;
  readonly value: string;
  name: string;
  roles: readonly string[];
  /** Its deletion was accepted, and is done then. Unix milliseconds. */
  diesAt?: number;
}

/** One project, and a service account of its organisation that manages the project's keys. */
export class PineconeState {
  readonly projectId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly #keys = new Map<string, StoredKey>();
  /** Access token -> its end, in Unix milliseconds. */
  readonly #tokens = new Map<string, number>();
  /** Somebody has deleted the project. */
  isDeleted = false;
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.projectId = this.#uuid();
    this.clientId = this.#random.alphanumeric(32);
    this.clientSecret = this.#issue(this.#random.urlSafe(64));
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  get keys(): StoredKey[] {
    for (const [id, { diesAt }] of this.#keys) {
      if (diesAt !== undefined && diesAt <= this.clock.now()) this.#keys.delete(id);
    }
    return [...this.#keys.values()];
  }

  deleteProject(): void {
    this.isDeleted = true;
    this.#keys.clear();
  }

  addKey(name: string, roles: readonly string[]): StoredKey {
    const value = this.#issue(`pckey_${this.#random.alphanumeric(6)}_${this.#random.alphanumeric(64)}`);
    const key: StoredKey = { id: this.#uuid(), value, name, roles };
    this.#keys.set(key.id, key);
    return key;
  }

  addToken(): { access_token: string; token_type: string; expires_in: number } {
    const token = this.#issue(`eyJ${this.#random.urlSafe(80)}`);
    this.#tokens.set(token, this.clock.now() + TOKEN_SECONDS * 1_000);
    return { access_token: token, token_type: "Bearer", expires_in: TOKEN_SECONDS };
  }

  isToken(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > this.clock.now();
  }

  shownProject(): object {
    return {
      id: this.projectId,
      name: "project",
      organization_id: "-OrganizationOfTheSandbox",
      max_pods: 5,
      force_encryption_with_cmek: false,
    };
  }

  shownKey({ id, name, roles }: StoredKey): object {
    return { id, name, project_id: this.projectId, roles };
  }

  #issue(value: string): string {
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = createHash("sha256").update(this.#random.urlSafe(32)).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }
}
