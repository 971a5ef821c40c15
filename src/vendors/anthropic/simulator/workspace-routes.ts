import * as v from "valibot";
import { isoSeconds } from "../../../model/units";
import { type ApiCall, type ApiRoute, Refusal, readJson } from "../../../sandbox/vendors/router";
import type { SimulatorResponse } from "../../../sandbox/vendors/simulator";
import { DetailedRefusal, type World } from "./routes";
import type { AnthropicState } from "./state";
import { RATE_TYPES, type RateGroup, type Rates, type RateType, type WorkspaceSettings } from "./workspace-settings";

const LIMIT_MAX = 1_000;
const READS_BETA = "spend-limit-reads-2026-09-26";
const CENTS_MAX_DIGITS = 12;

const ratesSchema = v.strictObject({
  limits: v.pipe(
    v.array(
      v.strictObject({
        type: v.picklist(RATE_TYPES),
        value: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
      }),
    ),
    v.minLength(1),
    v.maxLength(16),
  ),
});
const spendSchema = v.strictObject({
  amount: v.pipe(v.string(), v.regex(/^\d+$/), v.maxLength(CENTS_MAX_DIGITS), v.transform(Number)),
  scope: v.strictObject({ type: v.literal("workspace"), workspace_id: v.string() }),
  period: v.optional(v.literal("monthly"), "monthly"),
});

const ok = (body: unknown): SimulatorResponse => ({ status: 200, body });

/** What is set for a workspace as a whole. */
export const WORKSPACE_ROUTES: ReadonlyArray<ApiRoute<World>> = [
  {
    endpoint: "GET /v1/organizations/workspaces/{workspace}",
    handle: ({ state }, { ids }) => ok(shownWorkspace(state, workspaceIn(state, ids["workspace"]).id)),
  },
  {
    endpoint: "POST /v1/organizations/workspaces/{workspace}/archive",
    handle({ state }, { ids }) {
      const { id } = workspaceIn(state, ids["workspace"]);
      state.archive(id);
      return ok(shownWorkspace(state, id));
    },
  },
  {
    endpoint: "GET /v1/organizations/workspaces/{workspace}/rate_limits",
    handle({ state }, call) {
      const workspace = workspaceIn(state, call.ids["workspace"]);
      const inherited = call.query.get("include_inherited") === "true";
      const type = call.query.get("group_type");
      const entries = state.rateGroups
        .filter(({ group }) => type === null || group.type === type)
        .map((group) => shownRates(workspace, group, inherited))
        .filter(({ limits }) => limits.length > 0);
      return ok(cursorPage(entries, call));
    },
  },
  {
    endpoint: "POST /v1/organizations/workspaces/{workspace}/rate_limits/{limit}",
    handle({ state }, call) {
      const workspace = workspaceIn(state, call.ids["workspace"]);
      const group = state.rateGroups.find(({ id }) => id === call.ids["limit"]);
      if (group === undefined) throw new Refusal(404, "Rate limit not found");
      for (const { type, value } of readJson(ratesSchema, call.body).limits) {
        workspace.settings.override(group, type, value);
      }
      return ok(shownRates(workspace, group, false));
    },
  },
  {
    endpoint: "GET /v1/organizations/spend_limits",
    handle(world, call) {
      if (!world.betas.includes(READS_BETA)) throw new Refusal(400, `anthropic-beta: ${READS_BETA} is required`);
      checkEarlyAccess(world);
      const wanted = call.query.get("workspace_id");
      const limits = world.state.workspaceIds
        .filter((id) => wanted === null || id === wanted)
        .flatMap((id) => shownSpend(workspaceIn(world.state, id)) ?? []);
      return ok(cursorPage(limits, call));
    },
  },
  {
    endpoint: "POST /v1/organizations/spend_limits",
    handle(world, { body }) {
      checkEarlyAccess(world);
      const { amount, scope } = readJson(spendSchema, body);
      const { state } = world;
      const workspace = workspaceIn(state, scope.workspace_id);
      const before = workspace.settings.spendLimit ?? { id: state.newId("spl"), createdAt: state.seconds };
      workspace.settings.spendLimit = { ...before, updatedAt: state.seconds, cents: amount };
      return ok(shownSpend(workspace));
    },
  },
  {
    endpoint: "DELETE /v1/organizations/spend_limits/{limit}",
    handle(world, { ids }) {
      checkEarlyAccess(world);
      const id = ids["limit"] ?? "";
      const found = [...world.state.workspaces.values()].find(({ spendLimit }) => spendLimit?.id === id);
      if (found === undefined) throw new Refusal(404, "Spend limit not found");
      found.spendLimit = undefined;
      return ok({ id, type: "spend_limit_deleted" });
    },
  },
];

interface Workspace {
  readonly id: string;
  readonly settings: WorkspaceSettings;
}

function workspaceIn(state: AnthropicState, id = ""): Workspace {
  const settings = state.workspaces.get(id);
  if (settings === undefined) throw new Refusal(404, "Workspace not found");
  return { id, settings };
}

function shownWorkspace(state: AnthropicState, id: string) {
  const archivedAt = state.archived.get(id);
  return {
    id,
    type: "workspace",
    name: "Workspace",
    created_at: isoSeconds(0),
    archived_at: archivedAt === undefined ? null : isoSeconds(archivedAt),
    display_color: "#6C5BB9",
  };
}

function checkEarlyAccess({ settings }: World): void {
  if (settings.spendLimits === true) return;
  const message = "Spend limits are not enabled for Admin API credentials of this organization.";
  throw new DetailedRefusal(403, message, "spend_limits_admin_api_writes_not_enabled");
}

function shownRates({ id, settings }: Workspace, group: RateGroup, inherited: boolean) {
  const own = settings.ratesOf(group);
  const types = (rates: Rates) => RATE_TYPES.filter((type) => rates[type] !== undefined);
  const shown = (type: RateType, source: "workspace" | "organization") => ({
    type,
    value: own[type] ?? group.limits[type],
    org_limit: group.limits[type] ?? null,
    source: { type: source },
  });
  const fromOrganisation = inherited ? types(group.limits).filter((type) => own[type] === undefined) : [];
  return {
    type: "workspace_rate_limit",
    workspace_id: id,
    rate_limit_id: group.id,
    group: group.group,
    models: group.models,
    limits: [
      ...types(own).map((type) => shown(type, "workspace")),
      ...fromOrganisation.map((type) => shown(type, "organization")),
    ],
  };
}

function shownSpend({ id, settings: { spendLimit } }: Workspace) {
  if (spendLimit === undefined) return undefined;
  return {
    type: "spend_limit",
    id: spendLimit.id,
    amount: String(spendLimit.cents),
    currency: "USD",
    is_enabled: true,
    period: "monthly",
    scope: { type: "workspace", workspace_id: id },
    created_at: isoSeconds(spendLimit.createdAt),
    updated_at: isoSeconds(spendLimit.updatedAt),
  };
}

/** The cursor is the number of the next one; to others it says nothing. */
function cursorPage(all: readonly unknown[], { query }: ApiCall): object {
  const limit = Number(query.get("limit") ?? LIMIT_MAX);
  const start = Number(query.get("page") ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new Refusal(400, `limit: must be from 1 to ${LIMIT_MAX}`);
  }
  if (!Number.isInteger(start) || start < 0) throw new Refusal(400, "page: no such page");
  const end = start + limit;
  return { data: all.slice(start, end), next_page: end < all.length ? String(end) : null };
}
