import * as v from "valibot";
import { lenient } from "../../http/lenient";

/**
 * Answers of the admin API, as far as they are used. Objects let added fields pass, so that a
 * growing API breaks nothing.
 */

const id = v.pipe(v.string(), v.minLength(1));

export const settingsSchema = v.object({
  projectId: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  baseUrl: v.optional(v.string()),
});

/** Text of the admin secret. */
export const credentialsSchema = v.object({ clientId: id, clientSecret: id });
export type Credentials = v.InferOutput<typeof credentialsSchema>;

export const errorSchema = v.object({ error: v.object({ code: v.string(), message: v.string() }) });
export const oauthErrorSchema = v.object({ error: v.string(), error_description: v.nullish(v.string()) });

export const keySchema = v.object({ id, name: v.string(), roles: v.array(v.string()) });
export type Key = v.InferOutput<typeof keySchema>;
export const keysSchema = v.object({ data: v.array(lenient(keySchema, "id", { roles: "scopes" })) });
export const projectSchema = v.object({ id });
export const projectsSchema = v.object({ data: v.array(projectSchema) });
export const mintedSchema = v.object({ key: keySchema, value: id });
/** 202 without a body; should there be one some day, it is JSON. */
export const acceptedSchema = v.nullable(v.object({}));
