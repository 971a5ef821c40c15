/**
 * `cdktf-scoped-keys/adapter`: what an adapter of a vendor that the library does not know is
 * written with. See docs/vendors/custom.md. No export of it touches AWS, Terraform or the process
 * environment, so that it can be bundled into one file.
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
export type { Granted } from "./model/granted";
export type {
  AccountGoneFacts,
  Dimension,
  Enforcement,
  Strategy,
  VendorDescriptor,
  VendorTimes,
} from "./model/vendor-descriptor";
export { VendorError, type VendorErrorKind } from "./model/vendor-error";
export type { VerifyResult } from "./model/verify-result";
export type { RateLimiter } from "./rate-limit/rate-limiter";
export type {
  CallOptions,
  IdentifyRequest,
  KeyRequest,
  KnownKeys,
  MintedKey,
  MintRequest,
  OwnerRequest,
  RotateRequest,
  ScopeChange,
  ScopeChangesRequest,
  UpdateRequest,
  Vendor,
  VendorAdapter,
  VendorConnection,
  VendorKey,
  VerifyRequest,
} from "./vendors/vendor";
