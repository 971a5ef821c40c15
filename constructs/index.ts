export { AdminKey, type AdminKeyOptions } from "./admin-key";
export { CustomAdapter } from "./custom-adapter";
export { CustomIssuer, type CustomIssuerProps } from "./custom-issuer";
export { DriftDetection } from "./drift-detection";
export { Duration } from "./duration";
export { type FileLocation, type IPlace, ScopedKeyError, type ScopedKeyErrorParts } from "./errors";
export type { RoleProps } from "./function-role";
export { type IReader, KeyGrants } from "./grants";
export type { DeclaredKey } from "./guardrails/declared-key";
export { Guardrail, type ICustomGuardrail, type OverlapBounds } from "./guardrails/guardrail";
export { GuardrailPack } from "./guardrails/guardrail-pack";
export { type GuardrailExceptionProps, KeyGuardrails } from "./guardrails/key-guardrails";
export { Severity } from "./guardrails/severity";
export { type IRoleReference, IssuerGrants } from "./issuer-grants";
export * from "./issuers";
export {
  type AuditEventSelector,
  type AuditFieldSelector,
  type CommonIssuerProps,
  KeyIssuer,
  type KeyIssuerProps,
  type LogProps,
  type NetworkProps,
} from "./key-issuer";
export { type ExpiringLifetimeProps, Lifetime, type RotatingLifetimeProps } from "./lifetime";
export { type LimitProps, Spend } from "./limits";
export { IssuerMetrics, KeyMetrics, type Metric } from "./metrics";
export { type DeclaredReaders, Readers } from "./readers";
export { Scope } from "./scope";
export {
  type IScopedKey,
  type KeyReplica,
  ScopedKey,
  type ScopedKeyAttributes,
  type ScopedKeyProps,
} from "./scoped-key";
export { type KeysFromFileProps, ScopedKeys } from "./scoped-keys";
