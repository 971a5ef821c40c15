import { PermissionType as KNOWN } from "@elevenlabs/elevenlabs-js/api/types/PermissionType";
import type { BodyCreateServiceAccountApiKeyV1ServiceAccountsServiceAccountUserIdApiKeysPost as Create } from "@elevenlabs/elevenlabs-js/serialization/resources/serviceAccounts/resources/apiKeys/client/requests/BodyCreateServiceAccountApiKeyV1ServiceAccountsServiceAccountUserIdApiKeysPost";
import type { BodyEditServiceAccountApiKeyV1ServiceAccountsServiceAccountUserIdApiKeysApiKeyIdPatch as Update } from "@elevenlabs/elevenlabs-js/serialization/resources/serviceAccounts/resources/apiKeys/client/requests/BodyEditServiceAccountApiKeyV1ServiceAccountsServiceAccountUserIdApiKeysApiKeyIdPatch";
import type { PermissionType } from "@elevenlabs/elevenlabs-js/serialization/types/PermissionType";
import { ElevenLabsScope } from "../../../constructs";
import type { CreateKeyBody, UpdateKeyBody } from "../../../src/vendors/elevenlabs/bodies";
import { elevenLabsDescriptor } from "../../../src/vendors/elevenlabs/descriptor";

/** A permission may be one that the client does not know yet; all else is held to its types. */
type Known<Body> = Omit<Body, "permissions"> & { readonly permissions: PermissionType.Raw[] };
/**
 * True where `Body` fits what ElevenLabs' client sends and has no field that it does not know. The
 * compiler is the judge.
 */
type Fits<Body, Raw> = Body extends Raw ? (keyof Body extends keyof Raw ? true : false) : false;

const fits: {
  create: Fits<Known<CreateKeyBody>, Create.Raw>;
  update: Fits<Known<UpdateKeyBody>, Update.Raw>;
  /** So that the judge is known to be able to say no. */
  unknownField: Fits<Known<CreateKeyBody> & { colour: string }, Create.Raw>;
  wrongSentinel: Fits<Omit<Known<UpdateKeyBody>, "allowed_ips"> & { allowed_ips: "none" }, Update.Raw>;
} = { create: true, update: true, unknownField: false, wrongSentinel: false };

test("request bodies fit what ElevenLabs' client sends (held by the compiler)", () => {
  expect(fits).toMatchObject({ create: true, update: true });
});

test("the permissions are those of ElevenLabs' client, each with a constant", () => {
  const known = Object.values(KNOWN).sort();
  expect(known.length).toBeGreaterThan(50);
  expect(Object.keys(elevenLabsDescriptor.scopes).sort()).toEqual(known);
  const constants = Object.entries(ElevenLabsScope).filter(([, scope]) => scope instanceof ElevenLabsScope);
  expect(constants.map(([, { value }]) => value).sort()).toEqual(known);
  for (const [name, { value, custom }] of constants) expect([value.toUpperCase(), custom]).toEqual([name, false]);
});
