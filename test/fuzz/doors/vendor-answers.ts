import fc from "fast-check";
import { openAi } from "../../../src/vendors/openai/adapter";
import { type FullVendorAdapter, VendorError } from "../../../src/vendors/vendor";
import { Broken, checkSilent, type Door } from "../door";
import { CANARY, mutated } from "../mutate";

const account = fc.constant({
  object: "o",
  id: "svc_acct_1",
  name: "stack/openai.0badcafe/summariser",
  role: "member",
  created_at: 1,
});
const key = fc.constant({
  object: "organization.project.api_key",
  id: "key_1",
  name: "stack/openai.0badcafe/summariser/0123456789ab",
  redacted_value: "sk-…",
  created_at: 1_800_000_000,
  last_used_at: null,
  expires_at: 1_800_000_900,
  owner: { type: "service_account", service_account: { id: "svc_acct_1", name: "s", role: "member", created_at: 1 } },
});
const minted = fc.constant({
  object: "k",
  id: "key_1",
  name: "n",
  created_at: 1_800_000_000,
  value: CANARY,
  expires_at: 1_800_000_900,
});
const audited = fc.constant({
  id: "audit_1",
  effective_at: 1_800_000_000,
  actor: { type: "session", session: { user: { id: "user_1", email: "a@example.com" } } },
  "api_key.updated": { id: "key_1", changes_requested: { scopes: ["api.model.read"] } },
});
const page = fc
  .tuple(fc.array(fc.oneof(account, key, audited), { maxLength: 3 }), fc.boolean())
  .map(([data, has_more]) => ({ object: "list", data, first_id: "a", last_id: "b", has_more }));
const error = fc.constant({
  error: { message: `Incorrect API key provided: ${CANARY}.`, type: "invalid_request_error", code: "x" },
});
const deleted = fc.constant({ object: "d", id: "key_1", deleted: true });

const answer = fc.record({
  status: fc.constantFrom(200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 429, 500, 503, 529, 599),
  body: fc.oneof(
    {
      weight: 9,
      arbitrary: mutated(fc.oneof(account, key, minted, page, page, error, deleted)).map(
        (b) => JSON.stringify(b) ?? "",
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom("", "<html>", "{", `{"error":{"message":"${CANARY}`) },
  ),
  retryAfter: fc.constantFrom(undefined, "1", "-1", "999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", ""),
});

const VERBS: Readonly<Record<string, (vendor: FullVendorAdapter) => Promise<unknown>>> = {
  findOwner: (vendor) => vendor.findOwner({ name: "stack/openai.0badcafe/summariser" }),
  createOwner: (vendor) => vendor.createOwner({ name: "stack/openai.0badcafe/summariser" }),
  deleteOwner: (vendor) => vendor.deleteOwner({ ownerId: "svc_acct_1" }),
  mint: (vendor) =>
    vendor.mint({ ownerId: "svc_acct_1", name: "n", grant: { scopes: ["api.model.read"] }, expiresInSeconds: 900 }),
  list: (vendor) => vendor.list({}),
  read: (vendor) => vendor.read({ keyId: "key_1" }),
  update: (vendor) => vendor.update({ keyId: "key_1", grant: { scopes: ["api.model.read"] } }),
  revoke: (vendor) => vendor.revoke({ keyId: "key_1" }),
  verify: (vendor) => vendor.verify({ value: CANARY, grant: { scopes: ["api.model.read"] } }),
  scopeChanges: async (vendor) => vendor.scopeChanges?.({ since: 1 }),
};

/** What answers in the vendor's name: the vendor of another year, a proxy, a login page. */
export const vendorAnswers: Door = {
  name: "vendor-answers",
  share: 15,
  input: fc.record({
    verb: fc.constantFrom(...Object.keys(VERBS)),
    answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
  }),
  async enter(input) {
    const { verb, answers } = input as {
      verb: string;
      answers: Array<{ status: number; body: string; retryAfter?: string }>;
    };
    let calls = 0;
    const vendor = openAi.connect({
      adminKey: async () => "sk-admin-0123456789abcdef",
      settings: { projectId: "proj_1" },
      pacer: { turn: async () => {}, throttled: async (_, seconds) => checkSeconds(seconds) },
      fetch: async () => {
        const next = answers[Math.min(calls, answers.length - 1)];
        calls += 1;
        const { status = 500, body = "", retryAfter } = next ?? {};
        const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
        return new Response(status === 204 ? null : body, { status, headers });
      },
      now: () => 1_800_000_000_000,
      sleep: async () => {},
    });
    let result: unknown;
    try {
      result = await VERBS[verb]?.(vendor);
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      checkSilent(error.message);
      checkSeconds(error.retryAfterSeconds);
      return;
    }
    // What is minted is the one answer that holds a value.
    if (verb !== "mint") checkSilent(JSON.stringify(result) ?? "");
    checkShape(result);
    if (verb === "mint" && calls !== 1) throw new Broken(`${calls} calls to mint once`);
  },
};

function checkSeconds(seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (!Number.isFinite(seconds) || seconds < 0) throw new Broken(`a wait of ${seconds} seconds`);
}

/** Ids are texts, times whole seconds. */
function checkShape(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) checkShape(item);
  else if (typeof value === "object" && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      const isTime = name.endsWith("At") || name === "at";
      if (isTime && !(Number.isSafeInteger(field) && field >= 0)) throw new Broken(`${name} is ${String(field)}`);
      if ((name === "id" || name === "keyId") && (typeof field !== "string" || field === ""))
        throw new Broken(`no ${name}`);
    }
  }
}
