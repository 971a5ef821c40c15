import * as v from "valibot";
import type { AdminKey } from "./accounts";
import type { AuditEvent } from "./audit-event";
import { badRequest, forbidden } from "./errors";
import { cursorQuery, pageOf } from "./pages";
import { readQuery } from "./parse";
import type { Route } from "./route";
import type { OrganizationState } from "./state";

export function record(state: OrganizationState, actor: AdminKey, type: string, details: AuditEvent["details"]): void {
  if (state.settings.auditLog === "off") return;
  state.auditEvents.push({ id: state.newId("audit_log-"), type, at: state.nowSeconds(), actor, details });
}

/**
 * As OpenAI shows it: what admin keys do is booked under the default project, whichever project it
 * touched.
 */
function shown({ id, type, at, actor, details }: AuditEvent, { defaultProject }: OrganizationState): object {
  const user = { id: actor.owner.id, email: actor.owner.email };
  return {
    id,
    type,
    effective_at: at,
    project: { id: defaultProject.id, name: defaultProject.name },
    actor: { type: "api_key", api_key: { id: actor.id, type: "user", user } },
    [type]: details,
  };
}

const texts = v.optional(v.array(v.string()));

const time = v.optional(v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)));

const querySchema = v.strictObject({
  ...cursorQuery,
  before: v.optional(v.string()),
  "event_types[]": v.optional(v.array(v.pipe(v.string(), v.regex(/^[a-z_]+(\.[a-z_]+)+$/)))),
  "project_ids[]": texts,
  "actor_ids[]": texts,
  "actor_emails[]": texts,
  "resource_ids[]": texts,
  "effective_at[gt]": time,
  "effective_at[gte]": time,
  "effective_at[lt]": time,
  "effective_at[lte]": time,
  tenant_only: v.optional(v.picklist(["true", "false"])),
});

type Query = v.InferOutput<typeof querySchema>;

export const auditLogRoutes: readonly Route<AdminKey>[] = [
  {
    endpoint: "GET /organization/audit_logs",
    handle: ({ state, query: parameters }) => {
      const query = readQuery(querySchema, parameters);
      if (state.settings.auditLog === "forbidden") {
        throw forbidden("Audit logging is not available to this organization.");
      }
      if (query.after !== undefined && query.before !== undefined) {
        throw badRequest("Only one of 'after' and 'before' can be given.", "before");
      }
      // Nothing here is scoped to a tenant.
      const events =
        query.tenant_only === "true" ? [] : state.auditEvents.filter((event) => matches(event, query, state));
      return pageOf([...events].reverse(), query, (event) => shown(event, state));
    },
  },
];

function matches({ type, at, actor, details }: AuditEvent, query: Query, state: OrganizationState): boolean {
  const among = (allowed: readonly string[] | undefined, ...values: readonly string[]) =>
    allowed === undefined || values.some((value) => allowed.includes(value));
  return (
    among(query["event_types[]"], type) &&
    among(query["project_ids[]"], state.defaultProject.id) &&
    among(query["actor_ids[]"], actor.id, actor.owner.id) &&
    among(query["actor_emails[]"], actor.owner.email) &&
    among(query["resource_ids[]"], details.id) &&
    at > (query["effective_at[gt]"] ?? Number.NEGATIVE_INFINITY) &&
    at >= (query["effective_at[gte]"] ?? Number.NEGATIVE_INFINITY) &&
    at < (query["effective_at[lt]"] ?? Number.POSITIVE_INFINITY) &&
    at <= (query["effective_at[lte]"] ?? Number.POSITIVE_INFINITY)
  );
}
