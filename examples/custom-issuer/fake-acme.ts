import { randomUUID } from "node:crypto";
import type { Clock, SimulatorRequest, SimulatorResponse, VendorFake } from "cdktf-scoped-keys/testing";
import * as v from "valibot";

const PAGE = 100;
const SCOPES = ["models:read", "chat:write", "files:read"];
const scopes = v.pipe(v.array(v.picklist(SCOPES)), v.minLength(1));
const mintSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  scopes,
  expires_in: v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(90 * 86_400)),
});
const changeSchema = v.strictObject({ scopes });

interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_at: number;
  readonly expires_at: number;
}

/**
 * Acme in memory, as its documentation would describe it. Serves the contract suite, and the
 * sandbox through `serve.ts`.
 */
export class FakeAcme implements VendorFake {
  readonly adminKey = `acme_admin_${randomUUID()}`;
  /** Value of each key, by its id. */
  readonly #keys = new Map<string, Key & { readonly value: string }>();
  readonly #issued = [this.adminKey];

  constructor(private readonly clock: Clock) {}

  secrets(): readonly string[] {
    return this.#issued;
  }

  /** Keys that open anything now. */
  get live(): ReadonlyArray<Key & { readonly value: string }> {
    return [...this.#keys.values()].filter(({ expires_at }) => expires_at > this.#now());
  }

  async handle({ method, url, headers, body }: SimulatorRequest): Promise<SimulatorResponse> {
    const { pathname, searchParams } = new URL(url, "https://api.acme.example");
    const bearer = /^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1];
    const call = `${method} ${pathname.replace("/v1", "")}`;
    if (!call.includes("/admin/")) return this.#data(call, bearer);
    if (bearer !== this.adminKey) return refusal(401, "invalid admin key");
    if (call === "POST /admin/keys") return this.#mint(body);
    if (call === "GET /admin/keys") return this.#list(searchParams.get("after"));
    const key = this.live.find(({ id }) => call.endsWith(`/admin/keys/${id}`));
    if (key === undefined) return refusal(404, "there is no such key");
    if (method === "PATCH") return this.#change(key, body);
    if (method === "DELETE") this.#keys.delete(key.id);
    return { status: 200, body: method === "DELETE" ? { deleted: true } : shown(key) };
  }

  #data(call: string, bearer: string | undefined): SimulatorResponse {
    const key = this.live.find(({ value }) => value === bearer);
    if (key === undefined) return refusal(401, "invalid key");
    if (call === "GET /key") return { status: 200, body: shown(key) };
    if (call !== "GET /models") return refusal(404, "not found");
    if (!key.scopes.includes("models:read")) return refusal(403, "the key lacks the scope models:read");
    return { status: 200, body: { models: ["acme-1"] } };
  }

  #mint(body: string): SimulatorResponse {
    const asked = v.safeParse(mintSchema, JSON.parse(body));
    if (!asked.success) return refusal(400, `invalid value of ${v.getDotPath(asked.issues[0])}`);
    const { name, scopes, expires_in } = asked.output;
    const created_at = this.#now();
    const id = `key_${randomUUID()}`;
    const key = { id, name, scopes, created_at, expires_at: created_at + expires_in, value: `acme_${randomUUID()}` };
    this.#keys.set(id, key);
    this.#issued.push(key.value);
    return { status: 201, body: key };
  }

  #list(after: string | null): SimulatorResponse {
    const all = this.live;
    const from = all.findIndex(({ id }) => id === after) + 1;
    const keys = all.slice(from, from + PAGE);
    return { status: 200, body: { keys: keys.map(shown), next: from + PAGE < all.length ? keys.at(-1)?.id : null } };
  }

  #change(key: Key & { readonly value: string }, body: string): SimulatorResponse {
    const asked = v.safeParse(changeSchema, JSON.parse(body));
    if (!asked.success) return refusal(400, `invalid value of ${v.getDotPath(asked.issues[0])}`);
    const changed = { ...key, ...asked.output };
    this.#keys.set(key.id, changed);
    return { status: 200, body: shown(changed) };
  }

  #now(): number {
    return Math.floor(this.clock.now() / 1_000);
  }
}

/** Without its value, which is told once. */
function shown({ id, name, scopes, created_at, expires_at }: Key): Key {
  return { id, name, scopes, created_at, expires_at };
}

function refusal(status: number, message: string): SimulatorResponse {
  return { status, body: { error: { message } } };
}
