import { observe } from "../../src/engine/commands/observe/observe";
import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import { submitKey } from "../../src/engine/commands/submit-key";
import { retryingAdapter } from "../../src/engine/middleware/retrying";
import type { Engine } from "../../src/engine/ports";
import { ledgerKeyIndex } from "../../src/engine/vendor-keys/ledger-key-index";
import type { AdoptResult, ObservedKey } from "../../src/model/events";
import { type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { ownerName } from "../../src/model/names";
import { parseSecretPayload, type SecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY } from "../../src/model/units";
import type { VendorSimulator } from "../../src/sandbox/vendors/simulator";
import { ContractHarness, type ContractSubject, type VendorFake } from "../../src/testing/fixture";
import type { VendorAdapter } from "../../src/vendors/vendor";
import { DEPLOYMENT, EngineHarness, PREFIX, policyOf } from "./engine";

export const KEY = "summariser";

/**
 * One key at one vendor: the engine over a secret and a ledger in memory, and the vendor's adapter
 * on its simulator.
 */
export class VendorCase<Fake extends VendorFake = VendorSimulator> {
  readonly harness = new EngineHarness();
  readonly contract: ContractHarness<Fake>;
  readonly engine: Engine;
  readonly policy: KeyPolicy;
  /** What looks with the key's values are answered in the vendor's place. */
  answer: (() => Response) | undefined;
  /** Looks with the key's values are answered as they were before. */
  replay = false;
  readonly #answered = new Map<string, Response>();

  constructor(
    private readonly subject: ContractSubject<Fake>,
    change: (vendor: VendorAdapter) => Partial<VendorAdapter> = () => ({}),
  ) {
    const { harness } = this;
    harness.secret.exists = true;
    harness.secret.rotationEnabled = true;
    const clock = { now: () => harness.world.now(), sleep: async (millis: number) => harness.world.advance(millis) };
    this.contract = new ContractHarness({ ...subject, createSimulator: () => subject.createSimulator(clock) });
    const fetched = this.contract.fetch.bind(this.contract);
    this.contract.fetch = async (input, init) => {
      const headers = JSON.stringify([...new Headers(init.headers)]);
      const isLook = this.#values().some((value) => headers.includes(value));
      if (!isLook) return fetched(input, init);
      if (this.answer !== undefined) return this.answer();
      const before = this.#answered.get(`${init.method} ${input} ${headers}`);
      if (this.replay && before !== undefined) return before.clone();
      const response = await fetched(input, init);
      this.#answered.set(`${init.method} ${input} ${headers}`, response.clone());
      return response;
    };
    const vendor = retryingAdapter(
      this.contract.connect({ now: clock.now, sleep: clock.sleep, known: ledgerKeyIndex(harness.engine) }),
      {
        ...harness.engine,
        clock,
      },
    );
    this.engine = { ...harness.engine, clock, vendor: { ...vendor, ...change(vendor) } };
    const { scopes: _, ...rest } = policyOf({ vendor: subject.vendor.descriptor.id });
    this.policy = { ...rest, ...subject.grants[0] };
  }

  /** Of a key that a person has made, and that nobody has handed over yet. */
  #handed: string | undefined;

  get isManual(): boolean {
    return this.engine.vendor.descriptor.strategy === "manual";
  }

  /** A person makes a key in the vendor's console. */
  async make(expiresInSeconds = 10 * SECONDS_PER_DAY): Promise<string> {
    const { mintManually } = this.subject;
    if (mintManually === undefined) throw new Error("no console");
    const made = await mintManually(this.contract.simulator, ownerName(DEPLOYMENT, KEY), expiresInSeconds);
    this.#handed = made;
    return made;
  }

  /** That person hands it over. */
  adopt(value: string): Promise<AdoptResult> {
    return submitKey(this.engine, { action: "adopt", key: KEY, value });
  }

  /** A key in use, however its vendor's keys are made. */
  async use(): Promise<SecretPayload> {
    await this.apply();
    if (this.isManual) await this.adopt(await this.make());
    const inUse = this.inUse();
    if (inUse === undefined) throw new Error("no key in use");
    return inUse;
  }

  #values(): string[] {
    return [...this.harness.secret.versions.values()]
      .map(({ value }) => parseSecretPayload(value ?? "")?.apiKey)
      .concat(this.#handed)
      .filter((value) => value !== undefined);
  }

  apply() {
    return reconcile(this.engine, {
      key: KEY,
      secret: `${PREFIX}/${KEY}`,
      policy: this.policy,
      repair: "none",
      tf: { action: "create", prev_input: null },
    });
  }

  async observe(): Promise<ObservedKey | undefined> {
    return (await observe(this.engine, { action: "observe", keys: { [KEY]: policyDigest(this.policy) } }))[KEY];
  }

  inUse(): SecretPayload | undefined {
    return parseSecretPayload(this.harness.secret.currentValue() ?? "");
  }

  /** Of the value that waits for its test. */
  waiting(): SecretPayload | undefined {
    const [id] = this.harness.table.records.get(KEY)?.pending.map(({ token }) => token) ?? [];
    return parseSecretPayload(this.harness.secret.versions.get(id ?? "")?.value ?? "");
  }
}
