import * as v from "valibot";
import { MILLIS_PER_SECOND } from "../../../model/units";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import type { FireworksState, StoredKey, StoredUser } from "./state";

/** Of Fireworks' other listings. */
const PAGE = 50;
const PAGE_MAX = 200;

/** Who calls, and how the vendor pages at the moment. */
export interface Gateway {
  readonly state: FireworksState;
  readonly caller: StoredKey;
  /** False: the list of keys comes whole, whatever page was asked for. */
  readonly pages: boolean;
}

const moment = v.pipe(v.string(), v.isoTimestamp());
const createSchema = v.object({
  apiKey: v.object({
    displayName: v.optional(v.string(), "default"),
    expireTime: v.nullish(moment),
    annotations: v.optional(v.record(v.string(), v.string())),
  }),
});
const deleteSchema = v.object({ keyId: v.pipe(v.string(), v.minLength(1)) });

export const KEY_ROUTES: ReadonlyArray<ApiRoute<Gateway>> = [
  {
    endpoint: "POST /accounts/{account}/users/{user}/apiKeys",
    handle(gateway, call) {
      const { state } = gateway;
      const user = managedUser(gateway, call);
      const { displayName, expireTime } = readJson(createSchema, call.body).apiKey;
      const expiresAt = expireTime == null ? null : Math.floor(Date.parse(expireTime) / MILLIS_PER_SECOND);
      if (expiresAt !== null && expiresAt <= state.seconds) throw new Refusal(400, "expire time must be in the future");
      const key = state.addKey(user, displayName, expiresAt);
      return ok({ ...state.shownKey(key), key: key.value });
    },
  },
  {
    endpoint: "GET /accounts/{account}/users/{user}/apiKeys",
    handle(gateway, call) {
      const { state, pages } = gateway;
      const all = state.keysOf(managedUser(gateway, call));
      const { items, nextPageToken } = pages ? page(all, call.query) : { items: all, nextPageToken: "" };
      return ok({ apiKeys: items.map((key) => state.shownKey(key)), nextPageToken, totalSize: all.length });
    },
  },
  {
    endpoint: "POST /accounts/{account}/users/{user}/apiKeys:delete",
    handle(gateway, call) {
      const user = managedUser(gateway, call);
      const { keyId } = readJson(deleteSchema, call.body);
      if (gateway.state.keys.get(keyId)?.user !== user) throw new Refusal(404, "api key not found");
      gateway.state.keys.delete(keyId);
      return ok({});
    },
  },
];

/** Everybody manages their own keys, an admin everybody's. */
function managedUser({ state, caller }: Gateway, { ids }: ApiCall): StoredUser {
  checkAccount(state, ids["account"]);
  const user = state.users.get(ids["user"] ?? "");
  if (user === undefined) throw new Refusal(404, "user not found");
  if (caller.user !== user && caller.user.role !== "admin") {
    throw new Refusal(403, "only admins manage the keys of other users");
  }
  return user;
}

export function checkAccount(state: FireworksState, account: string | undefined): void {
  if (account !== state.accountId) throw new Refusal(403, "no access to this account");
}

function page<Item>(all: readonly Item[], query: URLSearchParams): { items: Item[]; nextPageToken: string } {
  const [size, start] = [query.get("pageSize") ?? String(PAGE), query.get("pageToken") || "0"];
  if (!/^\d{1,9}$/.test(size) || !/^\d{1,9}$/.test(start)) throw new Refusal(400, "invalid page size or token");
  const end = Number(start) + Math.min(Number(size) || PAGE, PAGE_MAX);
  return { items: all.slice(Number(start), end), nextPageToken: end < all.length ? String(end) : "" };
}

export function ok(body: unknown): SimulatorResponse {
  return { status: 200, body };
}
