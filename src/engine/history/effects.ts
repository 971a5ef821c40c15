import type { Attribution } from "../../model/attribution";
import { defined } from "../../model/defined";
import { type KeyEffect, WHAT_MAX_LENGTH } from "../../model/history";
import { shorten } from "../../model/redact";
import { errorSummary } from "../error-summary";
import type { EffectLog, Ledger, Telemetry } from "../ports";

/** What one run has done to keys, until it is written into their histories. */
export class Effects implements EffectLog {
  readonly #unwritten = new Map<string, KeyEffect[]>();

  /** @param now Unix milliseconds */
  constructor(
    private readonly who: () => Attribution,
    private readonly now: () => number,
  ) {}

  get attribution(): Attribution {
    return this.who();
  }

  /** @param policy digest of the policy that was set, or that the key had */
  note(key: string, what: string, policy?: string): void {
    const { door = "unknown", requestId, claimedBy } = this.who();
    const effect: KeyEffect = {
      at: Math.floor(this.now() / 1_000),
      door,
      request: requestId,
      ...defined({ by: claimedBy }),
      what: shorten(what, WHAT_MAX_LENGTH),
      ...defined({ policy }),
    };
    this.#unwritten.set(key, [...(this.#unwritten.get(key) ?? []), effect]);
  }

  /**
   * By who holds the key's lease. Never throws: what was done counts more than its being
   * remembered, and the log has it as well.
   */
  async write(key: string, ledger: Ledger, telemetry: Telemetry): Promise<void> {
    const effects = this.#unwritten.get(key);
    if (effects === undefined) return;
    this.#unwritten.delete(key);
    try {
      await ledger.note(key, effects);
    } catch (error) {
      telemetry.warn("effects not written into the key's history", { key, reason: errorSummary(error) });
    }
  }
}
