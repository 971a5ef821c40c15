import * as v from "valibot";
import { AdminClient, allPages, stuckPages } from "../../http/admin-client";
import { type Dialect, exchange, isSuccess, isToken, parseAnswer, type Transport } from "../../http/exchange";
import { orGone, orUndefined } from "../../http/not-found";
import { parseSettingsWithUrl } from "../../http/settings";
import { type KeyWords, noKey, refusal } from "../../http/verdict";
import { defined } from "../../model/defined";
import { isoSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { VerifyResult } from "../../model/verify-result";
import type {
  CallOptions,
  IdentifyRequest,
  KeyRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VendorProject,
  VerifyRequest,
} from "../vendor";
import type { UpdateKeyBody } from "./bodies";
import { anthropicDescriptor } from "./descriptor";
import { fitsHint } from "./hint";
import { errorSchema, type Key, keySchema, modelsSchema, pageSchema, settingsSchema, workspaceSchema } from "./schemas";
import { AnthropicWorkspace } from "./workspace";

const { displayName } = anthropicDescriptor;
const KEYS = "/v1/organizations/api_keys";
const WORKSPACE = "GET /v1/organizations/workspaces/{workspace}";
const PAGE = "1000";

const EARLY_ACCESS =
  "early access, which this organisation does not have: ask Anthropic's account team for spend limits in the Admin API, or leave " +
  "`workspace.spend` out and set the limit in the Console";

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["spend_limits_admin_api_writes_not_enabled", EARLY_ACCESS],
  ["organization_type_not_supported", EARLY_ACCESS],
]);

const dialect: Dialect = {
  displayName,
  // The reference pages show this header for Admin keys; Anthropic's client sends
  // `Authorization: Bearer`. Both are taken.
  authorize: (key) => ({ "x-api-key": key, "anthropic-version": "2023-06-01" }),
  errorIn: (body) => {
    const envelope = v.safeParse(errorSchema, body);
    if (!envelope.success) return undefined;
    const { type, message, details } = envelope.output.error;
    return { message, code: details?.error_code ?? type };
  },
  valuePrefixes: anthropicDescriptor.valuePrefixes,
  // They speak of the organisation: another Admin key would meet them as well.
  kindOf: ({ code }) => (ADVICE.has(code) ? "invalid" : undefined),
  advice: ADVICE,
};

/** An organisation on hold, or a creator who has left, is a 403: the key may work again. */
const UNKNOWN_KEY: readonly KeyWords[] = [
  {
    statuses: [401],
    code: /^authentication_error$/,
    message:
      /invalid (?:x-api-key|api key|bearer token)|api key (?:is|has been|was) (?:invalid|disabled|inactive|archived|revoked|deleted|expired)/i,
  },
];

/**
 * Keys are made in the Console; from there on they are found, watched, switched off and archived
 * here.
 */
export const anthropic: Vendor = {
  descriptor: anthropicDescriptor,
  connect: (connection) => new AnthropicAdapter(connection),
};

class AnthropicAdapter implements VendorAdapter {
  readonly descriptor = anthropicDescriptor;
  readonly account?: VendorProject;
  readonly accountGone?: (request: CallOptions) => Promise<string | undefined>;
  readonly #transport: Transport;
  readonly #client: AdminClient;
  readonly #workspace: ReadonlyArray<readonly [string, string]>;

  constructor({ settings, adminKey, rateLimiter, fetch, now }: VendorConnection) {
    const { workspaceId, baseUrl } = parseSettingsWithUrl(anthropicDescriptor, settingsSchema, settings);
    this.#workspace = workspaceId === undefined ? [] : [["workspace_id", workspaceId]];
    this.#transport = { fetch, baseUrl, now, dialect };
    this.#client = new AdminClient(this.#transport, adminKey, rateLimiter);
    if (workspaceId === undefined) return;
    this.account = new AnthropicWorkspace(this.#client, dialect, workspaceId);
    this.accountGone = (options) => this.#archived(workspaceId, options);
  }

  /**
   * Anthropic shows of a value only its two ends, so the name must fit as well: a key that is taken
   * for another would be archived in its place some day.
   */
  async identify({ value, name, signal }: IdentifyRequest): Promise<VendorKey | undefined> {
    const fitting = (await this.#keys(signal)).filter(
      (key) =>
        (key.name === name || key.name.startsWith(`${name}/`)) &&
        key.partial_key_hint != null &&
        fitsHint(key.partial_key_hint, value),
    );
    const [found, ...others] = fitting;
    return found === undefined || others.length > 0 ? undefined : vendorKey(found);
  }

  async list({ signal }: CallOptions): Promise<VendorKey[]> {
    return (await this.#keys(signal)).map(vendorKey);
  }

  async read({ keyId, signal }: KeyRequest): Promise<VendorKey | undefined> {
    const found = await this.#find(keyId, signal);
    return found === undefined || found.status === "archived" ? undefined : vendorKey(found);
  }

  disable({ keyId, signal }: KeyRequest): Promise<"disabled" | "gone"> {
    return orGone(async () => {
      await this.#setStatus(keyId, "inactive", signal);
      return "disabled" as const;
    });
  }

  /**
   * Anthropic deletes no keys: what is archived stays, and cannot be used again. An expired key
   * opens nothing as it is.
   */
  async revoke({ keyId, signal }: KeyRequest): Promise<"revoked" | "gone"> {
    const found = await this.#find(keyId, signal);
    if (found === undefined || found.status === "archived" || found.status === "expired") return "gone";
    return orGone(async () => {
      await this.#setStatus(keyId, "archived", signal);
      return "revoked" as const;
    });
  }

  /**
   * One call, which costs nothing. What a key may do is its principal's, so there is no call
   * outside of it to try.
   */
  async verify({ value, signal }: VerifyRequest): Promise<VerifyResult> {
    const endpoint = "GET /v1/models";
    if (!isToken(value)) return noKey(dialect);
    const answer = await exchange(this.#transport, value, { endpoint, query: [["limit", "1"]], signal });
    if (!isSuccess(answer.status)) return refusal(dialect, UNKNOWN_KEY, endpoint, answer);
    parseAnswer(dialect, modelsSchema, answer.body, endpoint, answer.status);
    return { outcome: "works", evidence: `${displayName} knows the key`, scopeProven: false };
  }

  async #archived(workspace: string, { signal }: CallOptions): Promise<string | undefined> {
    const request = { endpoint: WORKSPACE, ids: { workspace }, answer: workspaceSchema, signal };
    const { id, archived_at } = await this.#client.call(request);
    return id === workspace && archived_at !== null
      ? `${displayName} has the workspace archived since ${isoSeconds(archived_at)}`
      : undefined;
  }

  /** Without those that are archived. */
  async #keys(signal: AbortSignal | undefined): Promise<Key[]> {
    const endpoint = `GET ${KEYS}`;
    const keys = await allPages(displayName, endpoint, async (more) => {
      const query = [...this.#workspace, ["limit", PAGE] as const, ...more];
      const { data, has_more, last_id } = await this.#client.call({ endpoint, query, answer: pageSchema, signal });
      if (has_more && last_id == null) throw stuckPages(displayName, endpoint);
      return { items: data, next: has_more ? [["after_id", last_id ?? ""]] : undefined };
    });
    return keys.filter(({ status }) => status !== "archived");
  }

  #find(keyId: string, signal: AbortSignal | undefined): Promise<Key | undefined> {
    const request = { endpoint: `GET ${KEYS}/{id}`, ids: { id: keyId }, answer: keySchema, signal };
    return orUndefined(() => this.#client.call(request));
  }

  async #setStatus(keyId: string, status: UpdateKeyBody["status"], signal: AbortSignal | undefined): Promise<void> {
    const endpoint = `POST ${KEYS}/{id}`;
    const body: UpdateKeyBody = { status };
    const after = await this.#client.call({ endpoint, ids: { id: keyId }, body, answer: keySchema, signal });
    if (after.status === status) return;
    throw new VendorError(
      "unexpected",
      endpoint,
      `${displayName} left the key ${after.status} that was to be ${status}`,
    );
  }
}

function vendorKey({ id, name, created_at, expires_at, status, scope, workspace_id }: Key): VendorKey {
  const projectId = scope?.workspace_id ?? workspace_id ?? undefined;
  // The vendor's word counts, whatever its clock says.
  const expiresAt = expires_at ?? (status === "expired" ? created_at : undefined);
  return {
    id,
    name,
    createdAt: created_at,
    ...defined({ expiresAt }),
    ...(status === "inactive" ? { disabled: true } : {}),
    ...defined({ projectId }),
  };
}
