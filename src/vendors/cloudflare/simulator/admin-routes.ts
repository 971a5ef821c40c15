import { isIP } from "node:net";
import * as v from "valibot";
import { isNetwork } from "../../../model/grant";
import { unixSeconds } from "../../../model/units";
import { type ApiCall, type ApiRoute, readJson } from "../../../sandbox/vendors/router";
import { CloudflareRefusal, ok } from "./envelope";
import type { Settings } from "./settings";
import type { CloudflareState, StoredToken, TokenFields } from "./state";

export interface Account {
  readonly state: CloudflareState;
  readonly settings: Settings;
}

const PAGE_MAX = 50;
const PAGE = 20;

const address = v.pipe(
  v.string(),
  v.check((text) => isIP(text) !== 0 || isNetwork(text)),
);
const addresses = v.optional(v.pipe(v.array(address), v.minLength(1)));
const moment = v.optional(
  v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), v.transform(unixSeconds), v.number()),
);
const tokenEntries = {
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(120)),
  policies: v.pipe(
    v.array(
      v.strictObject({
        effect: v.picklist(["allow", "deny"]),
        permission_groups: v.pipe(
          v.array(v.strictObject({ id: v.string(), meta: v.optional(v.record(v.string(), v.string())) })),
          v.minLength(1),
        ),
        resources: v.pipe(
          v.record(v.string(), v.union([v.string(), v.record(v.string(), v.string())])),
          v.check((given) => Object.keys(given).length > 0),
        ),
      }),
    ),
    v.minLength(1),
  ),
  condition: v.optional(
    v.strictObject({ request_ip: v.optional(v.strictObject({ in: addresses, not_in: addresses })) }),
  ),
  not_before: moment,
  expires_on: moment,
};
const createSchema = v.strictObject(tokenEntries);
const updateSchema = v.strictObject({
  ...tokenEntries,
  status: v.optional(v.picklist(["active", "disabled", "expired"])),
});

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<Account>> = [
  {
    endpoint: "POST /accounts/{account}/tokens",
    handle(account, { body }) {
      const { state, settings } = account;
      const given = readJson(createSchema, body);
      const fields = fieldsOf(account, given, undefined);
      if (state.tokens.size >= settings.tokensMax) {
        throw new CloudflareRefusal(400, 1_012, "The account has reached its limit of tokens.");
      }
      const token = state.addToken(fields);
      return ok({ ...state.shownToken(token), value: token.value });
    },
  },
  {
    endpoint: "GET /accounts/{account}/tokens",
    handle({ state, settings }, { query }) {
      const expired = query.get("include_expired") === "true";
      const all = [...state.tokens.values()].filter((token) => expired || state.statusOf(token) !== "expired");
      const page = Number(query.get("page") ?? 1);
      const size = Math.min(PAGE_MAX, Number(query.get("per_page") ?? PAGE));
      if (!(page >= 1 && size >= 1)) throw new CloudflareRefusal(400, 1_001, "Invalid page.");
      const shown = all.slice((page - 1) * size, page * size).map((token) => state.shownToken(token));
      const totals = { total_count: all.length, total_pages: Math.ceil(all.length / size) };
      return ok(shown, { page, per_page: size, count: shown.length, ...(settings.totals ? totals : {}) });
    },
  },
  {
    endpoint: "GET /accounts/{account}/tokens/permission_groups",
    handle({ state, settings }, { query }) {
      const name = query.get("name");
      const offered = state.groups.filter((group) => !settings.missingGroups.includes(group.id));
      const groups = name === null ? offered : offered.filter((group) => group.name === name);
      return ok(
        groups.map((group) => ({
          ...group,
          is_selectable: !settings.unselectableGroups.includes(group.id),
          scopes: ["com.cloudflare.api.account"],
        })),
      );
    },
  },
  {
    endpoint: "GET /accounts/{account}/tokens/{token}",
    handle: (account, call) => ok(account.state.shownToken(tokenIn(account, call))),
  },
  {
    endpoint: "PUT /accounts/{account}/tokens/{token}",
    handle(account, call) {
      const token = tokenIn(account, call);
      const given = readJson(updateSchema, call.body);
      // All of it: what is left out is taken off.
      Object.assign(token, fieldsOf(account, given, given.status), { modifiedOn: account.state.seconds });
      return ok(account.state.shownToken(token));
    },
  },
  {
    endpoint: "DELETE /accounts/{account}/tokens/{token}",
    handle(account, call) {
      const { id } = tokenIn(account, call);
      account.state.tokens.delete(id);
      return ok({ id });
    },
  },
];

function tokenIn({ state }: Account, { ids }: ApiCall): StoredToken {
  const token = state.tokens.get(ids["token"] ?? "");
  if (token === undefined) throw new CloudflareRefusal(404, 1_003, "Token not found.");
  return token;
}

function fieldsOf(
  { state, settings }: Account,
  given: v.InferOutput<typeof createSchema>,
  status: "active" | "disabled" | "expired" | undefined,
): TokenFields {
  const { name, policies, condition, not_before, expires_on } = given;
  const groups = policies.flatMap(({ permission_groups }) => permission_groups.map(({ id }) => id));
  const known = state.groups.map(({ id }) => id).filter((id) => !settings.missingGroups.includes(id));
  if (!groups.every((id) => known.includes(id))) {
    throw new CloudflareRefusal(400, 1_001, "A permission group was not found.");
  }
  if (groups.some((id) => settings.unselectableGroups.includes(id))) {
    throw new CloudflareRefusal(403, 1_001, "The caller may not give these permissions.");
  }
  if (expires_on !== undefined && expires_on <= (not_before ?? state.seconds)) {
    throw new CloudflareRefusal(400, 1_001, "The expiry must be in the future.");
  }
  return {
    name,
    disabled: status === "disabled",
    policies: policies.map(({ permission_groups, ...policy }) => ({
      ...policy,
      permission_groups: permission_groups.map(({ id }) => ({ id })),
    })),
    condition,
    notBefore: not_before,
    expiresOn: expires_on,
  };
}
