import { AdminClient } from "../../http/admin-client";
import type { Transport } from "../../http/exchange";
import { lenient, type Odd, withOdd } from "../../http/lenient";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { defined } from "../../model/defined";
import type { Grant } from "../../model/grant";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import type {
  CallOptions,
  FullVendorAdapter,
  KeyRequest,
  MintedKey,
  MintRequest,
  OwnerRequest,
  ScopeChange,
  ScopeChangesRequest,
  UpdateRequest,
  Vendor,
  VendorConnection,
  VendorKey,
  VendorProject,
  VerifyRequest,
} from "../vendor";
import type { CreateKeyBody, CreateOwnerBody, UpdateKeyBody, UpdateOwnerBody } from "./bodies";
import { listAll, openAiDialect } from "./client";
import { openAiDescriptor } from "./descriptor";
import { OpenAiProject } from "./project";
import {
  type Actor,
  deletedSchema,
  keyUpdatedEventSchema,
  mintedKeySchema,
  type ProjectKey,
  projectKeySchema,
  projectSchema,
  serviceAccountSchema,
  settingsSchema,
} from "./schemas";
import { verify } from "./verify";

const OWNERS = "/organization/projects/{project}/service_accounts";
const KEYS = "/organization/projects/{project}/api_keys";
const AUDIT_PAGES_MAX = 10;

/**
 * Owners are service accounts of one project, so that a key outlives the person who declared it.
 */
export const openAi: Vendor<FullVendorAdapter> = {
  descriptor: openAiDescriptor,
  connect: (connection) => new OpenAiAdapter(connection),
};

class OpenAiAdapter implements FullVendorAdapter {
  readonly descriptor = openAiDescriptor;
  readonly account: VendorProject;
  readonly #project: string;
  readonly #transport: Transport;
  readonly #client: AdminClient;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { projectId, baseUrl } = parseSettingsWithUrl(openAiDescriptor, settingsSchema, settings);
    this.#project = projectId;
    this.#transport = { fetch, baseUrl, now, dialect: openAiDialect };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    this.account = new OpenAiProject(this.#client, projectId);
  }

  async accountGone({ signal }: CallOptions): Promise<string | undefined> {
    const request = {
      endpoint: "GET /organization/projects/{project}",
      ids: this.#ids(),
      answer: projectSchema,
      signal,
    };
    const { status } = await this.#client.call(request);
    return status === "archived" ? "OpenAI has archived the project" : undefined;
  }

  async findOwner({ name, signal }: OwnerRequest): Promise<string | undefined> {
    const all = await listAll(this.#client, {
      endpoint: `GET ${OWNERS}`,
      ids: this.#ids(),
      answer: serviceAccountSchema,
      signal,
    });
    const [oldest] = all
      .filter((account) => account.name === name)
      .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
    if (oldest?.role === "none") await this.#enrol(oldest.id, signal);
    return oldest?.id;
  }

  async createOwner({ name, signal }: OwnerRequest): Promise<string> {
    // Without this, OpenAI also makes a key that may do everything and never expires.
    const body: CreateOwnerBody = { name, create_service_account_only: true };
    const { id, role } = await this.#client.call({
      endpoint: `POST ${OWNERS}`,
      ids: this.#ids(),
      body,
      answer: serviceAccountSchema,
      signal,
    });
    if (role === "none") await this.#enrol(id, signal);
    return id;
  }

  async deleteOwner({ ownerId, signal }: { ownerId: string; signal?: AbortSignal }): Promise<"deleted" | "gone"> {
    const request = {
      endpoint: `DELETE ${OWNERS}/{owner}`,
      ids: this.#ids({ owner: ownerId }),
      answer: deletedSchema,
      signal,
    };
    return orGone(async () => {
      await this.#client.call(request);
      return "deleted" as const;
    });
  }

  async mint({ ownerId = "", name, grant, expiresInSeconds, signal }: MintRequest): Promise<MintedKey> {
    const endpoint = `POST ${OWNERS}/{owner}/api_keys`;
    const scopes = scopesOf(endpoint, grant);
    const body: CreateKeyBody = { name, scopes, expires_in_seconds: expiresInSeconds };
    const minted = await this.#client.call({
      endpoint,
      ids: this.#ids({ owner: ownerId }),
      body,
      answer: mintedKeySchema,
      signal,
    });
    return {
      id: minted.id,
      name: minted.name,
      value: minted.value,
      createdAt: minted.created_at,
      ...(minted.expires_at == null ? {} : { expiresAt: minted.expires_at }),
    };
  }

  async list({ signal }: { signal?: AbortSignal }): Promise<VendorKey[]> {
    const keys = await listAll(this.#client, {
      endpoint: `GET ${KEYS}`,
      ids: this.#ids(),
      // Left out, OpenAI hides keys whose owner has no access to the project at the moment.
      query: [["owner_project_access", "any"]],
      answer: lenient(projectKeySchema, "id", { scopes: "scopes" }),
      signal,
    });
    return keys.map(vendorKey);
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const request = {
      endpoint: `GET ${KEYS}/{key}`,
      ids: this.#ids({ key: keyId }),
      answer: projectKeySchema,
      signal,
    };
    return orUndefined(async () => vendorKey(await this.#client.call(request)));
  }

  async update({ keyId, grant, expiresInSeconds, signal }: UpdateRequest): Promise<VendorKey> {
    const endpoint = `POST ${KEYS}/{key}`;
    const scopes = grant === undefined ? undefined : scopesOf(endpoint, grant);
    if (scopes === undefined && expiresInSeconds === undefined) {
      throw new VendorError("invalid", endpoint, "neither scopes nor expiry to update");
    }
    const body: UpdateKeyBody = {
      ...defined({ scopes, expires_in_seconds: expiresInSeconds }),
    };
    return vendorKey(
      await this.#client.call({ endpoint, ids: this.#ids({ key: keyId }), body, answer: projectKeySchema, signal }),
    );
  }

  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const request = {
      endpoint: `DELETE ${KEYS}/{key}`,
      ids: this.#ids({ key: keyId }),
      answer: deletedSchema,
      signal,
    };
    return orGone(async () => {
      try {
        await this.#client.call(request);
      } catch (error) {
        // Until October 2026 OpenAI refused to delete the key of a service account. Deleting the
        // account would kill its other keys.
        if (!saysOnInvalid(error, /service.?account/i)) throw error;
        await this.#expireAtOnce(keyId, signal);
      }
      return "revoked" as const;
    });
  }

  verify(request: VerifyRequest): Promise<VerifyResult> {
    return verify(this.#transport, request);
  }

  async scopeChanges({ since, signal }: ScopeChangesRequest): Promise<ScopeChange[]> {
    const events = await listAll(
      this.#client,
      {
        endpoint: "GET /organization/audit_logs",
        // Not narrowed to the project: OpenAI books what admin keys do under the organisation's
        // default project.
        query: [
          ["event_types[]", "api_key.updated"],
          ["effective_at[gte]", String(since)],
        ],
        answer: keyUpdatedEventSchema,
        signal,
      },
      AUDIT_PAGES_MAX,
    );
    const changes: ScopeChange[] = [];
    for (const { effective_at: at, actor, "api_key.updated": updated } of events) {
      const keyId = updated?.id;
      const scopes = updated?.changes_requested?.scopes;
      if (keyId == null || scopes == null) continue;
      const who = actorName(actor);
      changes.push({ keyId, scopes, at, ...defined({ actor: who }) });
    }
    return changes.sort((a, b) => b.at - a.at);
  }

  #ids(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { project: this.#project, ...more };
  }

  /**
   * An account without a role may do nothing, whatever the scopes of its keys: scopes narrow a
   * role, they do not grant.
   */
  async #enrol(ownerId: string, signal: AbortSignal | undefined): Promise<void> {
    const body: UpdateOwnerBody = { role: "member" };
    await this.#client.call({
      endpoint: `POST ${OWNERS}/{owner}`,
      ids: this.#ids({ owner: ownerId }),
      body,
      answer: serviceAccountSchema,
      signal,
    });
  }

  async #expireAtOnce(keyId: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.update({ keyId, expiresInSeconds: 1, ...defined({ signal }) });
    } catch (error) {
      // An expired key cannot be updated, and opens nothing.
      if (!saysOnInvalid(error, /expired/i)) throw error;
    }
  }
}

/** To OpenAI an empty list means all permissions. */
function scopesOf(endpoint: string, { scopes = [] }: Grant): string[] {
  if (scopes.length > 0) return [...scopes];
  throw new VendorError("invalid", endpoint, "no scopes: to OpenAI that means all permissions");
}

function vendorKey(key: ProjectKey & Odd): VendorKey {
  const ownerId = key.owner.service_account?.id ?? key.owner.user?.id;
  return {
    id: key.id,
    name: key.name,
    createdAt: key.created_at,
    ...(key.expires_at == null ? {} : { expiresAt: key.expires_at }),
    ...(key.last_used_at == null ? {} : { lastUsedAt: key.last_used_at }),
    ...defined({ ownerId }),
    ...(key.scopes == null && key.odd === undefined
      ? {}
      : { granted: withOdd(key.scopes == null ? {} : { scopes: key.scopes }, key) }),
  };
}

function saysOnInvalid(error: unknown, words: RegExp): boolean {
  return error instanceof VendorError && (error.status === 400 || error.status === 409) && words.test(error.message);
}

function actorName(actor: Actor | null | undefined): string | undefined {
  const user = actor?.session?.user ?? actor?.api_key?.user;
  return user?.email ?? user?.id ?? actor?.api_key?.service_account?.id ?? actor?.api_key?.id ?? undefined;
}
