import * as v from "valibot";
import type { ApiRoute } from "../../../sandbox/vendors/router";
import { readBody, refusal } from "./errors";

/** An index of the project, at a host of its own in the real world. */
const INDEX = {
  name: "sandbox",
  dimension: 2,
  metric: "cosine",
  vector_type: "dense",
  deletion_protection: "disabled",
  tags: {},
  host: "sandbox-0badcafe.svc.aped-4627-b74a.pinecone.io",
  spec: { serverless: { cloud: "aws", region: "us-east-1" } },
  status: { ready: true, state: "Ready" },
};

const STATS = {
  dimension: INDEX.dimension,
  metric: INDEX.metric,
  vectorType: INDEX.vector_type,
  indexFullness: 0,
  namespaces: {},
  totalVectorCount: 0,
};

const createSchema = v.object({ name: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,45}$/)), spec: v.looseObject({}) });
const upsertSchema = v.object({
  vectors: v.pipe(
    v.array(v.object({ id: v.string(), values: v.pipe(v.array(v.number()), v.length(INDEX.dimension)) })),
    v.minLength(1),
  ),
});

export interface DataRoute extends ApiRoute<undefined> {
  /** Roles that open it. */
  readonly roles: readonly string[];
}

const CONTROL_EDITORS = ["ProjectEditor", "ControlPlaneEditor"];
const DATA_EDITORS = ["ProjectEditor", "DataPlaneEditor"];

export const DATA_ROUTES: readonly DataRoute[] = [
  {
    roles: [...CONTROL_EDITORS, "ProjectViewer", "ControlPlaneViewer"],
    endpoint: "GET /indexes",
    handle: () => ({ status: 200, body: { indexes: [INDEX] } }),
  },
  {
    roles: CONTROL_EDITORS,
    endpoint: "POST /indexes",
    handle(_, { body }) {
      const given = readBody(createSchema, body);
      if (given !== undefined) return { status: 201, body: { ...INDEX, name: given.name } };
      throw refusal(422, "UNPROCESSABLE_ENTITY", "Failed to deserialize the JSON body into the target type");
    },
  },
  {
    roles: [...CONTROL_EDITORS, "ProjectViewer", "ControlPlaneViewer"],
    endpoint: `GET /indexes/${INDEX.name}`,
    handle: () => ({ status: 200, body: INDEX }),
  },
  {
    roles: [...DATA_EDITORS, "ProjectViewer", "DataPlaneViewer"],
    endpoint: "POST /describe_index_stats",
    handle: () => ({ status: 200, body: STATS }),
  },
  {
    roles: [...DATA_EDITORS, "ProjectViewer", "DataPlaneViewer"],
    endpoint: "POST /query",
    handle: () => ({ status: 200, body: { results: [], matches: [], namespace: "", usage: { readUnits: 1 } } }),
  },
  {
    roles: DATA_EDITORS,
    endpoint: "POST /vectors/upsert",
    handle(_, { body }) {
      const given = readBody(upsertSchema, body);
      if (given !== undefined) return { status: 200, body: { upsertedCount: given.vectors.length } };
      throw refusal(400, "INVALID_ARGUMENT", "Vectors are missing or of another dimension.");
    },
  },
];
