export { Grant } from "./access/grant";
export type { IGrantee, INamedRole, IRoleConstruct } from "./access/grantee";
export { KeyGrants } from "./access/grants";
export { IssuerGrants } from "./access/issuer-grants";
export { type DeclaredReaders, Readers } from "./access/readers";
export { Duration } from "./duration";
export { type FileLocation, type IPlace, ScopedKeyError, type ScopedKeyErrorParts } from "./errors";
export type { DeclaredKey } from "./guardrails/declared-key";
export type { GuardrailExceptionProps } from "./guardrails/exception";
export { Guardrail, type ICustomGuardrail, type OverlapBounds } from "./guardrails/guardrail";
export { GuardrailPack } from "./guardrails/guardrail-pack";
export { KeyGuardrails } from "./guardrails/key-guardrails";
export { Severity } from "./guardrails/severity";
export { AdminKey, type AdminKeyOptions } from "./issuer/admin-key";
export { CustomAdapter } from "./issuer/custom-adapter";
export {
  CustomIssuer,
  type CustomIssuerAttributes,
  type CustomIssuerProps,
  type ICustomIssuer,
} from "./issuer/custom-issuer";
export { DriftDetection } from "./issuer/drift-detection";
export type { RoleProps } from "./issuer/function-role";
export type { IssuerAttributes } from "./issuer/imported-issuer";
export type { IKeyIssuer } from "./issuer/issuer";
export {
  type AuditEventSelector,
  type AuditFieldSelector,
  type CommonIssuerProps,
  type ConcurrencyProps,
  KeyIssuer,
  type KeyIssuerProps,
  type LogProps,
  type NetworkProps,
} from "./issuer/key-issuer";
export { type ExpiringLifetimeProps, Lifetime, type RotatingLifetimeProps } from "./key/lifetime";
export { type LimitProps, Spend } from "./key/limits";
export type { KeyReplica } from "./key/replica";
export { Scope } from "./key/scope";
export {
  type IScopedKey,
  ScopedKey,
  type ScopedKeyAttributes,
  type ScopedKeyProps,
} from "./key/scoped-key";
export { type KeysFromFileProps, ScopedKeys } from "./key/scoped-keys";
export { IssuerMetrics, KeyMetrics, type Metric } from "./monitoring/metrics";
export * from "./vendors";
