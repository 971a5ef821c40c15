/**
 * `cdktf-scoped-keys/adapter`: what an adapter of a vendor that the library does not know is written with. See docs/vendors/custom.md.
 * No export of it touches AWS, Terraform or the process environment, so that it can be bundled into one file.
 */
export { type AccessTokens, accessTokens, type TokenAnswer, tokenAnswerSchema } from "./http/access-token";
export { type AdminCall, AdminClient, allPages, type Page } from "./http/admin-client";
export { allowedBaseUrl, ownBaseUrl, refusedSettings } from "./http/base-url";
export {
  type Answer,
  type Dialect,
  type Exchange,
  exchange,
  failure,
  isToken,
  parseAnswer,
  type Transport,
} from "./http/exchange";
export { lenient } from "./http/lenient";
export { orGone, orUndefined } from "./http/not-found";
export { contradiction, isSaid, type KeyWords, noKey, noVerdict, refusal } from "./http/verdict";
export type { Grant, Limits } from "./model/grant";
export {
  type AccountGoneFacts,
  type CallOptions,
  type Dimension,
  type Enforcement,
  type Granted,
  type IdentifyRequest,
  type KeyRequest,
  type KnownKeys,
  type MintedKey,
  type MintRequest,
  type OwnerRequest,
  type Pacer,
  type RotateRequest,
  type ScopeChange,
  type ScopeChangesRequest,
  type Strategy,
  type UpdateRequest,
  type Vendor,
  type VendorAdapter,
  type VendorConnection,
  type VendorDescriptor,
  VendorError,
  type VendorErrorKind,
  type VendorKey,
  type VendorTimes,
  type VerifyRequest,
  type VerifyResult,
} from "./vendors/vendor";
