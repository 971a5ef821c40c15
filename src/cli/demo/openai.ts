import * as v from "valibot";
import { boundedFetch } from "../../http/bounded-fetch";
import { Unexpected } from "./expectation";

const vendorKeySchema = v.object({ id: v.string(), name: v.string(), created_at: v.number() });
const accountSchema = v.object({ id: v.string(), name: v.string() });
const listOf = <T extends v.GenericSchema>(item: T) => v.object({ data: v.array(item), has_more: v.literal(false) });
const auditEventSchema = v.object({
  type: v.string(),
  effective_at: v.number(),
  "api_key.created": v.optional(v.object({ id: v.string() })),
  "api_key.deleted": v.optional(v.object({ id: v.string() })),
});
const errorSchema = v.object({ error: v.object({ message: v.string() }) });

export type VendorKey = v.InferOutput<typeof vendorKeySchema>;

/** Unix seconds at which a vendor key was made and deleted, as OpenAI's audit log has it. */
export interface Life {
  readonly createdAt?: number;
  readonly deletedAt?: number;
}

export interface Answer {
  readonly status: number;
  /** Of an error; empty where there is none. */
  readonly message: string;
}

/**
 * What a person with the admin key, or a program with a key, would ask OpenAI; here the sandbox
 * answers.
 */
export class OpenAi {
  /** @param baseUrl ends in `/v1` */
  constructor(
    private readonly baseUrl: string,
    private readonly adminKey: string,
    private readonly project: string,
  ) {}

  async call(value: string, method: string, path: string, body?: object): Promise<Answer> {
    const { status, json } = await this.#send(value, method, path, body);
    const error = v.safeParse(errorSchema, json);
    return { status, message: error.success ? error.output.error.message : "" };
  }

  /** Every key of the project, whoever owns it. */
  async keys(): Promise<VendorKey[]> {
    const path = `${this.#inProject("api_keys")}?limit=100&owner_project_access=any`;
    return v.parse(listOf(vendorKeySchema), await this.#ask("GET", path)).data;
  }

  async serviceAccounts(): Promise<Array<v.InferOutput<typeof accountSchema>>> {
    return v.parse(listOf(accountSchema), await this.#ask("GET", `${this.#inProject("service_accounts")}?limit=100`))
      .data;
  }

  async setScopes(keyId: string, scopes: readonly string[]): Promise<void> {
    await this.#ask("POST", this.#inProject(`api_keys/${keyId}`), { scopes });
  }

  async deleteKey(keyId: string): Promise<void> {
    await this.#ask("DELETE", this.#inProject(`api_keys/${keyId}`));
  }

  /** By id of the vendor key. */
  async lives(): Promise<Map<string, Life>> {
    const path = "/organization/audit_logs?limit=100&event_types[]=api_key.created&event_types[]=api_key.deleted";
    const lives = new Map<string, Life>();
    for (const event of v.parse(listOf(auditEventSchema), await this.#ask("GET", path)).data) {
      const created = event["api_key.created"]?.id;
      const deleted = event["api_key.deleted"]?.id;
      if (created !== undefined) lives.set(created, { ...lives.get(created), createdAt: event.effective_at });
      if (deleted !== undefined) lives.set(deleted, { ...lives.get(deleted), deletedAt: event.effective_at });
    }
    return lives;
  }

  #inProject(path: string): string {
    return `/organization/projects/${this.project}/${path}`;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const { status, json } = await this.#send(this.adminKey, method, path, body);
    if (status !== 200) throw new Unexpected(`status 200 of ${method} ${path}`, `status ${status}`);
    return json;
  }

  async #send(value: string, method: string, path: string, body?: object): Promise<{ status: number; json: unknown }> {
    const response = await boundedFetch(fetch)(this.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${value}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  }
}
