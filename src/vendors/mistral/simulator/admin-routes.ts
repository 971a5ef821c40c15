import * as v from "valibot";
import { type ApiRoute, Refusal } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { dateOf, type MistralState } from "./state";

const PAGE = 100;

/** What is wrong with a request: Mistral names the field, and does not quote it here. */
export class InvalidRequest extends Refusal {
  constructor(
    readonly location: readonly string[],
    message: string,
  ) {
    super(422, message);
  }
}

const uuid = v.pipe(v.string(), v.uuid());
const date = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d$/),
  v.check((text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true),
);
const createKeySchema = v.object({
  workspace_uuid: uuid,
  user_id: uuid,
  name: v.nullish(v.pipe(v.string(), v.maxLength(255))),
  expiration: v.nullish(date),
});
const whole = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number));
const listSchema = v.object({
  limit: v.optional(whole, String(PAGE)),
  offset: v.optional(whole, "0"),
  name: v.optional(v.string()),
});

const workspacesSchema = v.object({
  is_archived: v.optional(v.picklist(["true", "false"]), "false"),
  page: v.optional(v.pipe(whole, v.minValue(1)), "1"),
  page_size: v.optional(v.pipe(whole, v.minValue(1)), "25"),
});

export const ADMIN_ROUTES: ReadonlyArray<ApiRoute<MistralState>> = [
  {
    endpoint: "GET /admin/workspaces",
    handle(state, { query }) {
      const given = read(workspacesSchema, Object.fromEntries(query), "query");
      const all = state.workspaces(given.is_archived === "true");
      const start = (given.page - 1) * given.page_size;
      const items = all.slice(start, start + given.page_size);
      return ok({ object: "list", total: all.length, items, page: given.page, page_size: given.page_size });
    },
  },
  {
    endpoint: "POST /admin/api-keys",
    handle(state, { body }) {
      const given = read(createKeySchema, json(body), "body");
      if (!state.workspaces(false).some(({ uuid }) => uuid === given.workspace_uuid)) {
        throw new Refusal(404, "Workspace not found");
      }
      if (given.user_id !== state.userId) throw new Refusal(404, "User not found");
      const expiration = given.expiration ?? null;
      if (expiration !== null && expiration <= dateOf(state.seconds)) {
        throw new InvalidRequest(["body", "expiration"], "Expiration must be in the future");
      }
      const key = state.addKey({
        name: given.name ?? null,
        workspaceId: given.workspace_uuid,
        userId: given.user_id,
        expiration,
      });
      return ok({ ...state.shownKey(key), key: key.value });
    },
  },
  {
    endpoint: "GET /admin/api-keys",
    handle(state, { query }) {
      const { limit, offset, name } = read(listSchema, Object.fromEntries(query), "query");
      const wanted = name?.toLowerCase();
      const found = [...state.keys.values()].filter(
        (key) =>
          wanted === undefined ||
          key.name?.toLowerCase().includes(wanted) === true ||
          key.value.slice(-4).toLowerCase() === wanted,
      );
      return ok({ keys: found.slice(offset, offset + limit).map((key) => state.listedKey(key)) });
    },
  },
  {
    endpoint: "DELETE /admin/api-keys/{key_id}",
    handle(state, { ids }) {
      const keyId = read(v.object({ key_id: uuid }), ids, "path").key_id;
      if (!state.keys.delete(keyId)) throw new Refusal(404, "API key not found");
      return ok({ detail: "API key deleted successfully" });
    },
  },
];

function ok(body: unknown): SimulatorResponse {
  return { status: 200, body };
}

export function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new InvalidRequest(["body"], "JSON decode error");
  }
}

export function read<Output>(schema: v.GenericSchema<unknown, Output>, input: unknown, where: string): Output {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue);
  const message = issue.received === "undefined" ? "Field required" : "Input is not valid";
  throw new InvalidRequest([where, ...(field === null ? [] : field.split("."))], message);
}
