import type Portkey from "portkey-ai";
import type { CreateKeyBody, UpdateKeyBody } from "../../../src/vendors/portkey/bodies";

type ApiKeys = Portkey["apiKeys"];
/** What the client's type names; it lets any other field pass. */
type Named<Params> = {
  [Field in keyof Params as string extends Field ? never : number extends Field ? never : Field]: Params[Field];
};
type CreateParams = Named<Parameters<ApiKeys["create"]>[0]>;
type UpdateParams = Named<Parameters<ApiKeys["update"]>[0]>;

/**
 * True where `Body` fits what Portkey's client takes and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Params> = Body extends Params ? (keyof Body extends keyof Params ? true : false) : false;
/** The client's types do not know that `null` takes a limit off. */
type Given<Body> = { [Field in keyof Body]: Exclude<Body[Field], null> };

const fits: {
  createKey: Fits<CreateKeyBody, CreateParams>;
  updateKey: Fits<Given<UpdateKeyBody>, UpdateParams>;
  /** So that the judge is known to be able to say no. */
  unknownField: Fits<{ scopes: string[]; colour: string }, CreateParams>;
  wrongType: Fits<{ scopes: string }, CreateParams>;
} = { createKey: true, updateKey: true, unknownField: false, wrongType: false };

test("request bodies fit the parameter types of Portkey's client (held by the compiler)", () => {
  expect(fits).toMatchObject({ createKey: true, updateKey: true });
});
