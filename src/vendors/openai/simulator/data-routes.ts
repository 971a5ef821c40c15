import { createHash } from "node:crypto";
import * as v from "valibot";
import { type ChatDialect, chatAnswer, chatSchema } from "../../../sandbox/vendors/chat-completions";
import { responseAnswer, responseBody, responseSchema } from "../../../sandbox/vendors/responses-api";
import { tokensOf } from "../../../sandbox/vendors/usage";
import { ApiError, badRequest, notFound } from "./errors";
import { MODELS } from "./models";
import { pageOf } from "./pages";
import { readBody, readQuery } from "./parse";
import type { ProjectSettings } from "./project-settings";
import type { Route, RouteContext } from "./route";
import type { ProjectKey } from "./state";

/** A data route and the scopes that open it. */
export interface DataRoute extends Route<ProjectKey> {
  readonly scopes: readonly string[];
}
type Context = RouteContext<ProjectKey>;
const ok = (body: object) => ({ status: 200, body });

const DIALECT: ChatDialect = { usage: "asked", message: { refusal: null, annotations: [] } };
const MODELS_CREATED_AT = 1_754_425_777;
const EMBEDDING_DIMENSIONS = 1_536;
const EMBEDDING_DIMENSIONS_MAX = 3_072;
const FILE_LIMIT = 10_000;

const model = v.pipe(v.string(), v.minLength(1));
const embeddingBody = v.looseObject({
  model,
  input: v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]),
  encoding_format: v.optional(v.picklist(["float", "base64"])),
  dimensions: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(EMBEDDING_DIMENSIONS_MAX))),
});
const fileListQuery = v.strictObject({
  limit: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number), v.minValue(1), v.maxValue(FILE_LIMIT)),
    String(FILE_LIMIT),
  ),
  after: v.optional(v.string()),
  order: v.optional(v.picklist(["asc", "desc"])),
  purpose: v.optional(v.string()),
});

export const dataRoutes: readonly DataRoute[] = [
  {
    endpoint: "GET /models",
    scopes: ["api.model.read"],
    handle: (context) => {
      const allowed = MODELS.filter((each) => settingsOf(context).allows(each));
      return ok({ object: "list", data: allowed.map(shownModel) });
    },
  },
  {
    endpoint: "GET /models/{model}",
    scopes: ["api.model.read"],
    handle: ({ id }) => ok(shownModel(knownModel(id("model")))),
  },
  {
    endpoint: "POST /chat/completions",
    scopes: ["model.request"],
    handle: (context) => {
      const { state, body } = context;
      const request = readBody(chatSchema, body);
      const answeredBy = knownModel(request.model);
      const text = answer(answeredBy, body);
      const [promptTokens, completionTokens] = [tokensOf(JSON.stringify(request.messages)), tokensOf(text)];
      use(context, answeredBy, promptTokens, completionTokens);
      const made = { id: state.newId("chatcmpl-"), created: state.nowSeconds(), model: answeredBy, text };
      return chatAnswer(request, { ...made, promptTokens, completionTokens }, DIALECT);
    },
  },
  { endpoint: "POST /responses", scopes: ["api.responses.write", "model.request"], handle: createResponse },
  {
    endpoint: "GET /responses/{response}",
    scopes: ["api.responses.read"],
    handle: ({ state, caller, id }) => {
      const stored = state.responses.get(id("response"));
      if (stored?.projectId !== caller.projectId) throw notFound(`Response with id '${id("response")}' not found.`);
      return ok(stored.body);
    },
  },
  {
    endpoint: "POST /embeddings",
    scopes: ["model.request"],
    handle: (context) => {
      const asked = readBody(embeddingBody, context.body);
      const { input, encoding_format, dimensions = EMBEDDING_DIMENSIONS } = asked;
      const answeredBy = knownModel(asked.model);
      const texts = typeof input === "string" ? [input] : input;
      const used = tokensOf(texts.join(""));
      use(context, answeredBy, used, 0);
      return ok({
        object: "list",
        data: texts.map((text, index) => {
          const numbers = embedding(text, dimensions);
          const shown = encoding_format === "base64" ? Buffer.from(numbers.buffer).toString("base64") : [...numbers];
          return { object: "embedding", index, embedding: shown };
        }),
        model: answeredBy,
        usage: { prompt_tokens: used, total_tokens: used },
      });
    },
  },
  {
    endpoint: "GET /files",
    scopes: ["api.files.read"],
    handle: ({ state, caller, query }) => {
      const { order = "desc", purpose, ...cursor } = readQuery(fileListQuery, query);
      const files = [...state.files.values()]
        .filter((file) => file.projectId === caller.projectId && (purpose ?? file.body.purpose) === file.body.purpose)
        .map((file) => file.body);
      return pageOf(order === "asc" ? files : files.reverse(), cursor, (file) => file);
    },
  },
  { endpoint: "POST /files", scopes: ["api.files.write"], handle: uploadFile },
  {
    endpoint: "GET /fine_tuning/jobs",
    scopes: ["api.fine_tuning.jobs.read"],
    handle: () => ok({ object: "list", data: [], has_more: false }),
  },
  {
    endpoint: "GET /assistants",
    scopes: ["api.assistants.read"],
    handle: ({ header }) => {
      if (header("openai-beta") !== "assistants=v2") {
        throw badRequest(
          "You must provide the 'OpenAI-Beta' header to access the Assistants API.",
          null,
          "invalid_beta",
        );
      }
      return ok({ object: "list", data: [], first_id: null, last_id: null, has_more: false });
    },
  },
];

function createResponse(context: Context) {
  const { state, caller, body } = context;
  const request = readBody(responseSchema, body);
  const answeredBy = knownModel(request.model);
  const text = answer(answeredBy, body);
  const [inputTokens, outputTokens] = [tokensOf(JSON.stringify(request.input)), tokensOf(text)];
  use(context, answeredBy, inputTokens, outputTokens);
  const ids = { id: state.newId("resp_"), messageId: state.newId("msg_") };
  const store = request.store ?? true;
  const response = { ...ids, created: state.nowSeconds(), model: answeredBy, text, inputTokens, outputTokens, store };
  if (store) state.responses.set(ids.id, { projectId: caller.projectId, body: responseBody(response) });
  return responseAnswer(request, response);
}

/** Reads from the form only what the answer shows; the content is not kept. */
function uploadFile({ state, caller, body, header }: Context) {
  if (header("content-type")?.startsWith("multipart/form-data") !== true) {
    throw badRequest("Expected a multipart/form-data body.");
  }
  const purpose = /name="purpose"\r?\n(?:[^\r\n]+\r?\n)*\r?\n([a-z_-]+)/.exec(body)?.[1];
  const file = /name="file"; filename="([^"]+)"\r?\n(?:[^\r\n]+\r?\n)*\r?\n([\s\S]*?)\r?\n--/.exec(body);
  if (purpose === undefined) throw badRequest("Missing required parameter: 'purpose'.", "purpose");
  if (file === null) throw badRequest("Missing required parameter: 'file'.", "file");
  const shown = {
    id: state.newId("file-"),
    object: "file",
    bytes: Buffer.byteLength(file[2] ?? ""),
    created_at: state.nowSeconds(),
    expires_at: null,
    filename: file[1],
    purpose,
    status: "processed",
    status_details: null,
  };
  state.files.set(shown.id, { projectId: caller.projectId, body: shown });
  return ok(shown);
}

function shownModel(id: string) {
  return { id, object: "model", created: MODELS_CREATED_AT, owned_by: "openai" };
}

function knownModel(id: string): string {
  if (MODELS.includes(id)) return id;
  throw new ApiError(404, `The model \`${id}\` does not exist or you do not have access to it.`, {
    code: "model_not_found",
  });
}

/** The same for the same request; says nothing of what was asked. */
function answer(answeredBy: string, body: string): string {
  return `Simulated answer of ${answeredBy} (${createHash("sha256").update(body).digest("hex").slice(0, 8)}).`;
}

function settingsOf({ state, caller }: Context): ProjectSettings {
  const project = state.projects.get(caller.projectId);
  if (project === undefined) throw notFound(`Project '${caller.projectId}' not found.`);
  return project.settings;
}

function use(context: Context, model: string, input: number, output: number): void {
  settingsOf(context).use(model, input, output, context.state.clock.now());
}

/** A unit vector that depends on the text alone. */
function embedding(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(dimensions);
  let digest = createHash("sha256").update(text).digest();
  for (let index = 0; index < dimensions; index += 1) {
    if (index % 32 === 0 && index > 0) digest = createHash("sha256").update(digest).digest();
    numbers[index] = (digest[index % 32] ?? 0) / 127.5 - 1;
  }
  const length = Math.hypot(...numbers);
  return numbers.map((number) => number / length);
}
