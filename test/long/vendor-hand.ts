import * as v from "valibot";
import { ENVIRONMENT, type Environment } from "../../src/model/environment";
import type { Grant } from "../../src/model/grant";
import { grantOf } from "../../src/model/key-policy";
import { type KeyRecord, keyRecordSchema } from "../../src/model/key-record";
import { deploymentName, lineageOf, ownerName } from "../../src/model/names";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { ACCOUNT_ID, REGION } from "../../src/sandbox/aws/account";
import { HOST_HEADER } from "../../src/sandbox/lambda/launch";
import { createSimulators } from "../../src/sandbox/vendors";
import { vendorById } from "../../src/vendors/registry";
import type { VendorAdapter, VendorKey } from "../../src/vendors/vendor";
import { ledgerItems } from "../e2e/support/ledger";
import type { World } from "../e2e/support/world";
import { minting } from "../support/minting";

const configurationSchema = v.object({ Environment: v.object({ Variables: v.record(v.string(), v.string()) }) });
const madeSchema = v.object({ id: v.string(), value: v.string() });

interface Handled {
  readonly descriptor: VendorDescriptor;
  readonly prefix: string;
  readonly key: string;
  readonly grant: Grant;
  readonly hand: VendorHand;
}

/** Somebody with the vendor's admin key and its console, who does there what nobody declared. */
export class VendorHand {
  readonly adapter: VendorAdapter;
  readonly #made: string[] = [];

  /** One for each key in the stack's ledger. */
  static async all(world: World, stackId: string): Promise<Handled[]> {
    const handled: Handled[] = [];
    for (const { pk, sk, body } of await ledgerItems({ world, stackId })) {
      if (!sk.startsWith("key#")) continue;
      const record = v.parse(keyRecordSchema, JSON.parse(body));
      const id = record.policy?.vendor ?? "";
      const name = `${pk.replace(/[^A-Za-z0-9]+/g, "-")}-controller`;
      const { body: answer } = await world.client.lambda("GET", `/2015-03-31/functions/${name}/configuration`);
      const { Variables } = v.parse(configurationSchema, answer).Environment;
      const settings: Environment[typeof ENVIRONMENT.vendorSettings] = JSON.parse(
        Variables[ENVIRONMENT.vendorSettings] ?? "{}",
      );
      const hand = new VendorHand(world, id, settings, record, deploymentOf(pk));
      handled.push({
        descriptor: hand.adapter.descriptor,
        prefix: pk,
        key: record.key,
        grant: record.policy === undefined ? {} : grantOf(record.policy),
        hand,
      });
    }
    return handled;
  }

  private constructor(
    private readonly world: World,
    private readonly id: string,
    settings: unknown,
    private readonly record: KeyRecord,
    private readonly deployment: string,
  ) {
    const vendor = vendorById(id);
    const simulator = createSimulators({ now: () => 0 }).find((one) => one.id === id);
    if (vendor === undefined || simulator === undefined) throw new Error(`no vendor ${id}`);
    const base = this.#url.slice(0, this.#url.length - simulator.basePath.length);
    this.adapter = vendor.connect({
      settings,
      adminKey: async () => world.variable(`SANDBOX_${this.#name}_ADMIN_KEY`),
      awsCredentials: async () => world.awsCredentials(),
      rateLimiter: { permit: async () => {}, throttled: async () => {} },
      known: { list: async () => [], value: async () => undefined },
      fetch: (input, init) => {
        const { hostname, pathname, search } = new URL(String(input));
        const headers = new Headers(init?.headers);
        headers.set(HOST_HEADER, hostname);
        // IAM is a part of AWS in the sandbox as well.
        const to = hostname === "iam.amazonaws.com" ? world.variable("AWS_ENDPOINT_URL") : base;
        return fetch(to + pathname + search, { ...init, headers });
      },
      now: () => world.sandbox.now().getTime(),
      sleep: async () => {},
    });
  }

  get #name(): string {
    return this.id.toUpperCase().replaceAll("-", "_");
  }

  get #url(): string {
    return this.world.variable(`SANDBOX_${this.#name}_URL`);
  }

  /** Whether the vendor ends keys by their values, so that no person has to. */
  get revokesByValue(): boolean {
    return this.id === "huggingface";
  }

  async ownerOf(keyId: string): Promise<{ ownerId?: string }> {
    const ownerId = (await this.adapter.list({})).find(({ id }) => id === keyId)?.ownerId;
    // Where the vendor shows no owner of a key, the ledger knows it.
    const known = ownerId ?? this.record.ownerId;
    return known === undefined ? {} : { ownerId: known };
  }

  /** With the same admin key, on the same account, and by hand. */
  async mintInItsName(keyId: string, grant: Grant): Promise<void> {
    const name = `${ownerName(this.deployment, this.record.key)}/by-hand`;
    const owner = await this.ownerOf(keyId);
    await minting(this.adapter).mint({ ...owner, name, grant, expiresInSeconds: 86_400 * 30 });
  }

  /** As the plan says: under the name that it gives. */
  async makeInConsole(prefix: string, key: string): Promise<{ readonly name: string; readonly value: string }> {
    const name = ownerName(deploymentOf(prefix), key);
    const origin = new URL(this.#url).origin;
    const workspaceId = this.id === "anthropic" ? { workspaceId: this.world.variable("ANTHROPIC_WORKSPACE_ID") } : {};
    const body = this.id === "anthropic" ? { name, ...workspaceId, expiresInSeconds: 86_400 * 90 } : {};
    const answer = await fetch(`${origin}/console/api_keys`, { method: "POST", body: JSON.stringify(body) });
    const { id, value } = v.parse(madeSchema, await answer.json());
    this.#made.push(id);
    return { name, value };
  }

  /** As a person does who was asked to. */
  async emptyConsole(): Promise<void> {
    const origin = new URL(this.#url).origin;
    for (const id of this.#made) await fetch(`${origin}/console/api_keys/${id}`, { method: "DELETE" });
  }

  /** Vendor keys that still open something, and owners: nothing of ours may be left. */
  async leftOvers(): Promise<VendorKey[]> {
    const now = this.world.sandbox.now().getTime() / 1_000;
    const live = (await this.adapter.list({})).filter(
      (k) => k.disabled !== true && (k.expiresAt ?? Number.POSITIVE_INFINITY) > now,
    );
    // Two slots are always there: what is in them is nobody's.
    return this.adapter.descriptor.strategy === "slot_pair" ? [] : live;
  }
}

function deploymentOf(prefix: string): string {
  return deploymentName(prefix, lineageOf(`arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:any`, prefix));
}
