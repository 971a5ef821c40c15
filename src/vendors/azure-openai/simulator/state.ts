import { SeededRandom } from "../../../sandbox/vendors/random";
import type { Clock } from "../../../sandbox/vendors/simulator";

export const SLOTS = ["Key1", "Key2"] as const;
export type Slot = (typeof SLOTS)[number];

const TOKEN_SECONDS = 3_599;

/** One account of Azure OpenAI, and the application of Entra ID that may manage its keys. */
export class AzureState {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceGroup = "rg-ai";
  readonly accountName = "contoso-ai";
  readonly deployments: readonly string[] = ["gpt-5-mini"];
  readonly application: { readonly clientId: string; readonly clientSecret: string };
  readonly keys: Record<Slot, string>;
  /** Token -> Unix seconds at which it ends. */
  readonly #tokens = new Map<string, number>();
  readonly #random: SeededRandom;
  readonly #issued: string[] = [];

  constructor(
    readonly clock: Clock,
    seed: string,
  ) {
    this.#random = new SeededRandom(seed);
    this.tenantId = this.#uuid();
    this.subscriptionId = this.#uuid();
    this.application = { clientId: this.#uuid(), clientSecret: this.#secret(40) };
    this.keys = { Key1: this.#secret(84), Key2: this.#secret(84) };
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Every value that was ever given out. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  addToken(): { readonly token: string; readonly seconds: number } {
    const token = `eyJ0eXAiOiJKV1Qi.${this.#random.alphanumeric(120)}.${this.#random.alphanumeric(86)}`;
    this.#issued.push(token);
    this.#tokens.set(token, this.seconds + TOKEN_SECONDS);
    return { token, seconds: TOKEN_SECONDS };
  }

  tokenState(token: string): "valid" | "expired" | "unknown" {
    const endsAt = this.#tokens.get(token);
    if (endsAt === undefined) return "unknown";
    return endsAt > this.seconds ? "valid" : "expired";
  }

  /** The slot's old value opens nothing from here on. */
  regenerate(slot: Slot): void {
    this.keys[slot] = this.#secret(84);
  }

  opens(value: string): boolean {
    return SLOTS.some((slot) => this.keys[slot] === value);
  }

  #secret(length: number): string {
    const value = this.#random.alphanumeric(length);
    this.#issued.push(value);
    return value;
  }

  #uuid(): string {
    const hex = Buffer.from(this.#random.urlSafe(16)).toString("hex");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}
