import type { TokenCreateParams, TokenUpdateParams } from "cloudflare/resources/accounts/tokens/tokens";
import type { CreateBody, GrantBody, OwnBody } from "../../../src/vendors/cloudflare/bodies";

/**
 * True where `Body` fits what Cloudflare's client takes and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Params> = Body extends Params ? (keyof Body extends keyof Params ? true : false) : false;

const fits: {
  create: Fits<CreateBody, Omit<TokenCreateParams, "account_id">>;
  update: Fits<GrantBody & OwnBody, Omit<TokenUpdateParams, "account_id">>;
  /** So that the judge is known to be able to say no. */
  unknownField: Fits<CreateBody & { colour: string }, Omit<TokenCreateParams, "account_id">>;
  wrongType: Fits<Omit<CreateBody, "name"> & { name: number }, Omit<TokenCreateParams, "account_id">>;
} = { create: true, update: true, unknownField: false, wrongType: false };

test("request bodies fit the parameter types of Cloudflare's client (held by the compiler)", () => {
  expect(fits).toMatchObject({ create: true, update: true });
});
