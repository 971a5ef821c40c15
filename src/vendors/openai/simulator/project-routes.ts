import * as v from "valibot";
import type { AdminKey } from "./accounts";
import { projectOf } from "./admin-routes";
import { badRequest, notFound } from "./errors";
import { pageOf } from "./pages";
import { readBody, readQuery } from "./parse";
import type { ModelLimit, ProjectSettings } from "./project-settings";
import type { Route, RouteContext } from "./route";

type Context = RouteContext<AdminKey>;
const ok = (body: object) => ({ status: 200, body });

const PAGE_DEFAULT = "100";
const modelsBody = v.strictObject({
  mode: v.picklist(["allow_list", "deny_list"]),
  model_ids: v.array(v.pipe(v.string(), v.minLength(1))),
});
const limitsQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(1_000)),
    PAGE_DEFAULT,
  ),
  after: v.optional(v.string()),
  before: v.optional(v.string()),
});
const amount = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const limitBody = v.strictObject({
  max_requests_per_1_minute: amount,
  max_tokens_per_1_minute: amount,
  max_images_per_1_minute: amount,
  max_audio_megabytes_per_1_minute: amount,
  max_requests_per_1_day: amount,
  batch_1_day_max_input_tokens: amount,
});
const spendBody = v.strictObject({
  threshold_amount: v.pipe(v.number(), v.integer(), v.minValue(1)),
  currency: v.literal("USD"),
  interval: v.literal("month"),
});

const MODELS = "/organization/projects/{project}/model_permissions";
const LIMITS = "/organization/projects/{project}/rate_limits";
const SPEND = "/organization/projects/{project}/spend_limit";

/** What is set for a project as a whole. */
export const projectRoutes: readonly Route<AdminKey>[] = [
  { endpoint: `GET ${MODELS}`, handle: (context) => shownModels(settingsOf(context)) },
  {
    endpoint: `POST ${MODELS}`,
    handle: (context) => {
      const settings = settingsOf(context);
      const { mode, model_ids: ids } = readBody(modelsBody, context.body);
      settings.models = { mode, ids };
      return shownModels(settings);
    },
  },
  {
    endpoint: `DELETE ${MODELS}`,
    handle: (context) => {
      const settings = settingsOf(context);
      shownModels(settings);
      settings.models = undefined;
      return ok({ object: "project.model_permissions.deleted", deleted: true });
    },
  },
  {
    endpoint: `GET ${LIMITS}`,
    handle: (context) => pageOf(settingsOf(context).limits, readQuery(limitsQuery, context.query), shownLimit),
  },
  {
    endpoint: `POST ${LIMITS}/{limit}`,
    handle: (context) => {
      const id = context.id("limit");
      const limit = settingsOf(context).limits.find((each) => each.id === id);
      if (limit === undefined) throw notFound(`Rate limit '${id}' not found.`, "rate_limit_id");
      const given = readBody(limitBody, context.body);
      const { max_requests_per_1_minute: requests, max_tokens_per_1_minute: tokens } = given;
      const others = Object.keys(given).length - [requests, tokens].filter((each) => each !== undefined).length;
      if (others > 0) throw badRequest(`A limit that model ${limit.model} does not have.`);
      limit.requestsPerMinute = requests ?? limit.requestsPerMinute;
      limit.tokensPerMinute = tokens ?? limit.tokensPerMinute;
      return ok(shownLimit(limit));
    },
  },
  { endpoint: `GET ${SPEND}`, handle: (context) => shownSpend(context) },
  {
    endpoint: `POST ${SPEND}`,
    handle: (context) => {
      const settings = settingsOf(context);
      settings.spendLimitCents = readBody(spendBody, context.body).threshold_amount;
      return shownSpend(context);
    },
  },
  {
    endpoint: `DELETE ${SPEND}`,
    handle: (context) => {
      shownSpend(context);
      settingsOf(context).spendLimitCents = undefined;
      return ok({ object: "project.spend_limit.deleted", deleted: true });
    },
  },
];

function settingsOf(context: Context): ProjectSettings {
  return projectOf(context).settings;
}

function shownModels({ models }: ProjectSettings) {
  if (models === undefined) throw notFound("The project has no model permissions.");
  return ok({ object: "project.model_permissions", mode: models.mode, model_ids: models.ids });
}

function shownLimit({ id, model, requestsPerMinute, tokensPerMinute }: ModelLimit) {
  return {
    object: "project.rate_limit",
    id,
    model,
    max_requests_per_1_minute: requestsPerMinute,
    max_tokens_per_1_minute: tokensPerMinute,
  };
}

function shownSpend(context: Context) {
  const settings = settingsOf(context);
  if (settings.spendLimitCents === undefined) throw notFound("The project has no spend limit.");
  return ok({
    object: "project.spend_limit",
    threshold_amount: settings.spendLimitCents,
    currency: "USD",
    interval: "month",
    enforcement: { status: settings.isSpent(context.state.clock.now()) ? "enforcing" : "inactive" },
  });
}
