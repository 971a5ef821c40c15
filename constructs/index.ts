export { AdminKey, type AdminKeyOptions } from "./admin-key";
export { CustomAdapter } from "./custom-adapter";
export { CustomIssuer, type CustomIssuerProps } from "./custom-issuer";
export { DriftDetection } from "./drift-detection";
export { Duration } from "./duration";
export { type FileLocation, type IPlace, ScopedKeyError, type ScopedKeyErrorParts } from "./errors";
export { type IReader, KeyGrants } from "./grants";
export * from "./issuers";
export { type CommonIssuerProps, KeyIssuer, type KeyIssuerProps, type LogProps, type NetworkProps } from "./key-issuer";
export { type ExpiringLifetimeProps, Lifetime, type RotatingLifetimeProps } from "./lifetime";
export { type LimitProps, Spend } from "./limits";
export { IssuerMetrics, KeyMetrics, type Metric } from "./metrics";
export { Scope } from "./scope";
export {
  type IScopedKey,
  type KeyReplica,
  ScopedKey,
  type ScopedKeyAttributes,
  type ScopedKeyProps,
} from "./scoped-key";
export { type KeysFromFileProps, ScopedKeys } from "./scoped-keys";
