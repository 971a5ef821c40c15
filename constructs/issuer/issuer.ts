import type { ProjectLimits } from "../../src/model/project-limits";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import type { Readers } from "../access/readers";
import type { IssuerMetrics } from "../monitoring/metrics";
import type { StackResources } from "../stack-resources";
import type { IConstruct, LambdaAlias, LambdaPermission } from "../terraform";
import type { AdminKey } from "./admin-key";

/**
 * What mints keys. The library's issuers are the only ones: a `ScopedKey` refuses anything else.
 */
export interface IKeyIssuer extends IConstruct {
  /** Start of the names of all secrets, functions and vendor keys. */
  readonly prefix: string;
  /** Name of the function that mints, rotates and revokes. */
  readonly controllerName: string;
  /** Name of the function that compares the vendor with what was last applied. */
  readonly observerName: string;
  /** Metrics of the issuer, for alarms and dashboards of your own. */
  readonly metrics: IssuerMetrics;

  /** @internal whether another app declares it */
  readonly _isImported: boolean;
  /** @internal */
  readonly _vendor: VendorDescriptor;
  /** @internal what the names of functions, alarms and schedule start with */
  readonly _name: string;
  /** @internal */
  readonly _driftAtPlan: boolean;
  /** @internal */
  readonly _readers: Readers;
  /** @internal undefined: the vendor's maximum holds */
  readonly _maxExpirySeconds: number | undefined;
  /**
   * @internal what must stand as long as there are keys; all else of the controller is behind them
   */
  readonly _permissions: ReadonlyArray<LambdaPermission | LambdaAlias>;
  /** @internal undefined where the vendor has none */
  readonly _adminKey: AdminKey | undefined;
  /** @internal what the issuer declares for the project */
  readonly _accountPolicy: ProjectLimits | undefined;

  /** @internal Takes a key in, or refuses its name. */
  _register(key: IConstruct, keyName: string, alarmDays: number | undefined): void;
  /** @internal */
  _controllerRoleArn(there: StackResources): string;
  /** @internal Terraform text, maybe a token */
  _observerArn(there: StackResources): string;
}
