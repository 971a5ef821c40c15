import { reconcile } from "../../src/engine/commands/reconcile/reconcile";
import type { Engine } from "../../src/engine/ports";
import { JsonTelemetry } from "../../src/handlers/telemetry";
import { DynamoLedger } from "../../src/ledger/dynamo-ledger";
import { secretName } from "../../src/model/names";
import { parseSecretPayload } from "../../src/model/secret-payload";
import { SECONDS_PER_DAY } from "../../src/model/units";
import { EngineHarness, PREFIX, policyOf } from "../support/engine";
import { MemoryTable } from "../support/engine-memory-table";
import { ACCOUNT_ID, REGION } from "../support/secrets-manager";
import { Broken, checkSilent } from "./door";

export const KEY = "summariser";
export const SECRET = secretName(PREFIX, KEY);
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:stack-openai-controller`;
/** Vendor keys of others in the same project; no input may make the engine touch them. */
export const STRANGERS = ["stranger_1", "stranger_2"] as const;

const NEVER_MILLIS = 2 ** 31 - 1;
/** Effects that leave nothing behind. Leases and incidents are of the run, not of the key. */
const HARMLESS =
  /vendor\.(list|read|findOwner|verify|scopeChanges)$|secret\.(describe|value)$|(get|query)$|lease|incident|table\.put plans|ledger\.(plans|history)$/;

/**
 * The engine over models, its ledger as in production over a table in memory. Lines pass the
 * redactor, as in production.
 */
export class FuzzHarness {
  readonly models = new EngineHarness();
  readonly table = new MemoryTable();
  readonly engine: Engine;
  readonly #lines: string[] = [];

  constructor() {
    const { models, table } = this;
    const { clock } = models.engine;
    const telemetry = new JsonTelemetry(
      PREFIX,
      () => ({ requestId: "request-1" }),
      (line) => this.#lines.push(line),
      () => clock.now(),
      () => [],
    );
    for (const name of ["put", "delete"] as const) {
      const real = table[name].bind(table) as (...given: never[]) => Promise<boolean>;
      Object.assign(table, {
        [name]: (...given: never[]) => {
          models.world.trace.push(`table.${name} ${describeItem(given)}`);
          return real(...given);
        },
      });
    }
    this.engine = { ...models.engine, telemetry, ledger: new DynamoLedger(table, PREFIX, clock, "run", NEVER_MILLIS) };
    models.secret.exists = true;
    models.secret.rotationEnabled = true;
    for (const id of STRANGERS) models.addVendorKey(id, { name: `by hand ${id}` });
  }

  get effects(): string[] {
    return this.models.world.trace.filter((name) => !HARMLESS.test(name));
  }

  /** A key with a vendor key in use, as an apply leaves it. */
  async deploy(): Promise<void> {
    const tf = { action: "create", prev_input: null } as const;
    await reconcile(this.engine, { key: KEY, secret: SECRET, policy: policyOf(), repair: "none", tf });
    this.models.world.trace.length = 0;
  }

  /** What must hold after any input. */
  async check(): Promise<void> {
    for (const id of STRANGERS) {
      const stranger = this.models.vendor.keys.get(id);
      const expires = this.models.seconds + 29 * SECONDS_PER_DAY;
      if (stranger === undefined || stranger.scopes.length > 0 || stranger.expiresAt < expires) {
        throw new Broken(`the vendor key ${id} of somebody else was touched`);
      }
    }
    for (const line of this.#lines) checkSilent(line);
    const { unreadable } = await this.engine.ledger.list();
    for (const error of unreadable.values()) throw new Broken(`a run wrote what none can read: ${error.message}`);
    for (const { body } of this.table.items.values()) {
      for (const { value } of this.models.secret.versions.values()) {
        const apiKey = parseSecretPayload(value ?? "")?.apiKey ?? "";
        if (apiKey.length > 20 && body.includes(apiKey)) throw new Broken("the ledger holds the value of a key");
      }
    }
  }
}

function describeItem([first, second]: readonly unknown[]): string {
  if (typeof first === "object" && first !== null && "sk" in first) return String(first.sk);
  return String(second);
}
