import type { APIKeyUpdateParams } from "openai/resources/admin/organization/projects/api-keys";
import type { ModelPermissionUpdateParams } from "openai/resources/admin/organization/projects/model-permissions";
import type { RateLimitUpdateRateLimitParams } from "openai/resources/admin/organization/projects/rate-limits";
import type {
  ServiceAccountCreateParams,
  ServiceAccountUpdateParams,
} from "openai/resources/admin/organization/projects/service-accounts";
import type { APIKeyCreateParams } from "openai/resources/admin/organization/projects/service-accounts/api-keys";
import type { SpendLimitUpdateParams } from "openai/resources/admin/organization/projects/spend-limit";
import type {
  CreateKeyBody,
  CreateOwnerBody,
  ModelPermissionsBody,
  RateLimitBody,
  SpendLimitBody,
  UpdateKeyBody,
  UpdateOwnerBody,
} from "../../../src/vendors/openai/bodies";

/**
 * True where `Body` fits what OpenAI's client takes and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Params> = Body extends Params ? (keyof Body extends keyof Params ? true : false) : false;

const fits: {
  createOwner: Fits<CreateOwnerBody, ServiceAccountCreateParams>;
  updateOwner: Fits<UpdateOwnerBody, Omit<ServiceAccountUpdateParams, "project_id">>;
  createKey: Fits<CreateKeyBody, Omit<APIKeyCreateParams, "project_id">>;
  updateKey: Fits<UpdateKeyBody, Omit<APIKeyUpdateParams, "project_id">>;
  models: Fits<ModelPermissionsBody, ModelPermissionUpdateParams>;
  rates: Fits<RateLimitBody, Omit<RateLimitUpdateRateLimitParams, "project_id">>;
  spend: Fits<SpendLimitBody, SpendLimitUpdateParams>;
  /** So that the judge is known to be able to say no. */
  unknownField: Fits<{ name: string; colour: string }, ServiceAccountCreateParams>;
  wrongType: Fits<{ name: number }, ServiceAccountCreateParams>;
} = {
  createOwner: true,
  updateOwner: true,
  createKey: true,
  updateKey: true,
  models: true,
  rates: true,
  spend: true,
  unknownField: false,
  wrongType: false,
};

test("request bodies fit the parameter types of OpenAI's client (held by the compiler)", () => {
  expect(fits).toMatchObject({ createOwner: true, updateOwner: true, createKey: true, updateKey: true });
});
