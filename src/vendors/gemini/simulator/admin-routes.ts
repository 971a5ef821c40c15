import { isIP } from "node:net";
import * as v from "valibot";
import { isNetwork } from "../../../model/grant";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { GoogleRefusal } from "./errors";
import type { Settings } from "./settings";
import type { GeminiState, StoredKey } from "./state";

export interface Project {
  readonly state: GeminiState;
  readonly settings: Settings;
}

export interface AdminRoute extends ApiRoute<Project> {
  /** That the service account needs. */
  readonly permission: string;
}

const PAGE_MAX = 100;
const KEY_ID = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const UUID_LIKE = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const MUTABLE = ["displayName", "restrictions", "annotations"] as const;

const address = v.pipe(
  v.string(),
  v.check((text) => isIP(text) !== 0 || isNetwork(text)),
);
const restrictions = v.pipe(
  v.strictObject({
    apiTargets: v.optional(
      v.array(
        v.strictObject({ service: v.pipe(v.string(), v.minLength(1)), methods: v.optional(v.array(v.string())) }),
      ),
    ),
    serverKeyRestrictions: v.optional(v.strictObject({ allowedIps: v.pipe(v.array(address), v.minLength(1)) })),
    browserKeyRestrictions: v.optional(
      v.strictObject({ allowedReferrers: v.pipe(v.array(v.string()), v.minLength(1)) }),
    ),
  }),
  // One kind of clients at most.
  v.check((given) => given.serverKeyRestrictions === undefined || given.browserKeyRestrictions === undefined),
);
const keyBody = {
  displayName: v.optional(v.pipe(v.string(), v.maxLength(63))),
  annotations: v.optional(v.record(v.string(), v.string())),
  restrictions: v.optional(restrictions),
};
const createSchema = v.strictObject({ ...keyBody, serviceAccountEmail: v.optional(v.string()) });
const updateSchema = v.strictObject(keyBody);

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

export const ADMIN_ROUTES: readonly AdminRoute[] = [
  {
    endpoint: "POST /projects/{project}/locations/global/keys",
    permission: "apikeys.keys.create",
    handle(project, call) {
      const { state, settings } = inProject(project, call);
      const given = readJson(createSchema, call.body);
      const id = call.query.get("keyId") ?? `generated-${state.keys().length}`;
      if (!KEY_ID.test(id) || UUID_LIKE.test(id)) throw new Refusal(400, "Invalid key ID.");
      if (state.key(id) !== undefined) throw new Refusal(409, "Requested entity already exists");
      if (state.liveKeys().length >= settings.keysMax)
        throw new Refusal(429, "The project has reached its limit of keys.");
      const { displayName, annotations, restrictions, serviceAccountEmail } = given;
      const key = state.addKey({ id, displayName, annotations, restrictions, serviceAccountEmail });
      return ok(state.startOperation(key, settings.polls));
    },
  },
  {
    endpoint: "GET /projects/{project}/locations/global/keys",
    permission: "apikeys.keys.list",
    handle(project, call) {
      const { state } = inProject(project, call);
      const { query } = call;
      const from = Number(query.get("pageToken") ?? "0");
      if (!Number.isInteger(from) || from < 0) throw new Refusal(400, "Invalid page token.");
      const size = Math.min(PAGE_MAX, Number(query.get("pageSize") ?? PAGE_MAX) || PAGE_MAX);
      const all = query.get("showDeleted") === "true" ? state.keys() : state.liveKeys();
      const next = from + size < all.length ? { nextPageToken: String(from + size) } : {};
      const page = all.slice(from, from + size);
      // Empty fields are left out of Google's JSON.
      return ok(page.length === 0 ? {} : { keys: page.map((key) => state.shownKey(key)), ...next });
    },
  },
  {
    endpoint: "GET /projects/{project}/locations/global/keys/{key}",
    permission: "apikeys.keys.get",
    handle: (project, call) => ok(project.state.shownKey(keyIn(project, call))),
  },
  {
    endpoint: "GET /projects/{project}/locations/global/keys/{key}/keyString",
    permission: "apikeys.keys.getKeyString",
    handle: (project, call) => ok({ keyString: keyIn(project, call).value }),
  },
  {
    endpoint: "PATCH /projects/{project}/locations/global/keys/{key}",
    permission: "apikeys.keys.update",
    handle(project, call) {
      const key = keyIn(project, call);
      if (key.deletedAt !== undefined) throw new Refusal(404, "Requested entity was not found.");
      const given = readJson(updateSchema, call.body);
      const mask = call.query.get("updateMask")?.split(",").map(camelCase) ?? Object.keys(given);
      for (const field of mask) {
        if (!MUTABLE.some((name) => name === field)) throw new Refusal(400, "Invalid field in the update mask.");
      }
      if (mask.includes("displayName")) key.displayName = given.displayName;
      if (mask.includes("annotations")) key.annotations = given.annotations;
      if (mask.includes("restrictions")) key.restrictions = given.restrictions;
      key.updatedAt = project.state.seconds;
      return ok(project.state.startOperation(key, project.settings.polls));
    },
  },
  {
    endpoint: "DELETE /projects/{project}/locations/global/keys/{key}",
    permission: "apikeys.keys.delete",
    handle(project, call) {
      const key = keyIn(project, call);
      const { state, settings } = project;
      if (key.deletedAt !== undefined) {
        if (settings.deletedTwice === 404) throw new Refusal(404, "Requested entity was not found.");
        if (settings.deletedTwice === 400)
          throw new GoogleRefusal(400, "The key is deleted.", "DELETED", "FAILED_PRECONDITION");
      }
      if (settings.deletionChecksUsage && call.query.get("checkExistingUsage") !== "SKIP") {
        throw new GoogleRefusal(400, "The key was used in the last 7 days.", "KEY_IN_USE", "FAILED_PRECONDITION");
      }
      key.deletedAt ??= state.seconds;
      return ok(state.startOperation(key, settings.polls));
    },
  },
  {
    endpoint: "GET /operations/{operation}",
    permission: "serviceusage.operations.get",
    handle({ state }, { ids }) {
      const operation = state.pollOperation(`operations/${ids["operation"]}`);
      if (operation === undefined) throw new Refusal(404, "Operation not found.");
      return ok(operation);
    },
  },
];

/**
 * Field masks name fields as JSON does, `displayName`, or as the definition does, `display_name`.
 */
function camelCase(field: string): string {
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function inProject(project: Project, { ids }: ApiCall): Project {
  const { projectId, projectNumber } = project.state;
  if (ids["project"] === projectId || ids["project"] === projectNumber) return project;
  throw new GoogleRefusal(403, "Permission denied on the project, or it may not exist.", "CONSUMER_INVALID");
}

function keyIn(project: Project, call: ApiCall): StoredKey {
  const key = inProject(project, call).state.key(call.ids["key"] ?? "");
  if (key === undefined) throw new Refusal(404, "Requested entity was not found.");
  return key;
}
