import { functionName, roleName } from "../../src/model/names";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { Readers } from "../access/readers";
import * as checks from "../checks";
import type { Duration } from "../duration";
import * as errors from "../errors";
import { Declarations } from "../guardrails/declarations";
import { IssuerMetrics } from "../monitoring/metrics";
import type { StackResources } from "../stack-resources";
import { Construct, type IConstruct, isElsewhere, isToken, placeOf, stackOf } from "../terraform";
import { DriftDetection } from "./drift-detection";
import type { IKeyIssuer } from "./issuer";
import { KeyNames } from "./key-names";
import { checkedPrefix, collide } from "./prefix";

/** An issuer that another app deployed, in the account and the region of the keys. */
export interface IssuerAttributes {
  /** Prefix of the issuer, as the other app has it in `issuer.prefix`. No token. */
  readonly prefix: string;
  /**
   * ARN of the role of the issuer's controller: `issuer.controllerRoleArn` in the other app. May be
   * a token.
   * @default - the role at `/` that the library names by itself
   */
  readonly controllerRoleArn?: string;
  /**
   * What the other app says of its issuer: with `off()` there, plans here cannot compare either.
   * @default DriftDetection.atPlan()
   */
  readonly drift?: DriftDetection;
  /**
   * Who may read the values of the keys that this app declares, unless a key says another. What the
   * other app says of its own keys does not count here.
   * @default Readers.whoeverIamLets()
   */
  readonly readers?: Readers;
  /**
   * Longest expiry that keys of this app may have.
   * @default - the vendor's maximum
   */
  readonly maxExpiry?: Duration;
}

const ROLE_ARN = /^arn:[a-z-]+:iam::(\d{12}):role\/[!-~]{1,512}$/;
const ATTRIBUTES: ReadonlySet<string> = new Set<keyof IssuerAttributes>([
  "prefix",
  "controllerRoleArn",
  "drift",
  "readers",
  "maxExpiry",
]);

/** An issuer of another app, for keys of this one. Renders nothing by itself. */
export class ImportedIssuer extends Construct implements IKeyIssuer {
  public readonly prefix: string;
  public readonly controllerName: string;
  public readonly observerName: string;
  public readonly metrics: IssuerMetrics;
  public readonly _name: string;
  public readonly _driftAtPlan: boolean;
  public readonly _readers: Readers;
  public readonly _maxExpirySeconds: number | undefined;
  public readonly _permissions = [];
  public readonly _adminKey = undefined;
  public readonly _accountPolicy = undefined;
  public readonly _isImported = true;
  private readonly keyNames: KeyNames;

  /**
   * Throws SK245 where the app declares that issuer itself, SK260 for what the other app alone can
   * say, and what issuers throw of a prefix.
   */
  public constructor(
    scope: Construct,
    id: string,
    public readonly _vendor: VendorDescriptor,
    private readonly attributes: IssuerAttributes,
    /** Attributes of this vendor's issuers alone. */
    more: readonly string[] = [],
  ) {
    super(scope, checks.id(scope, id));
    checks.noValues(this, "", attributes, _vendor.valuePrefixes);
    const strange = Object.keys(attributes).find((name) => !ATTRIBUTES.has(name) && !more.includes(name));
    if (strange !== undefined) throw errors.notOfImportedIssuer(this, strange, [...ATTRIBUTES, ...more]);
    const { prefix, controllerRoleArn, drift, readers, maxExpiry } = attributes;
    this.prefix = checkedPrefix(this, prefix);
    this.controllerName = functionName(this.prefix, "controller");
    this.observerName = functionName(this.prefix, "observer");
    this._name = this.controllerName.replace(/-controller$/, "");
    this.metrics = new IssuerMetrics(this.prefix);
    this._driftAtPlan = (drift ?? DriftDetection.atPlan())._atPlan;
    this._readers = readers ?? Readers.whoeverIamLets();
    this._maxExpirySeconds = maxExpiry === undefined ? undefined : checks.lengthOf(this, "maxExpiry", maxExpiry);
    if (controllerRoleArn !== undefined) {
      const example = "arn:aws:iam::111122223333:role/ai-keys-openai-controller-eu-west-1";
      checks.arn(this, "controllerRoleArn", controllerRoleArn, ROLE_ARN, example);
    }
    this.keyNames = new KeyNames(this);
    this.node.addValidation({ validate: () => this.checkDeclaredElsewhere() });
    Declarations.of(this)._addIssuer(this);
  }

  public _register(key: IConstruct, keyName: string): void {
    this.keyNames.add(key, keyName);
    key.node.addValidation({ validate: () => this.checkAccountOf(key) });
  }

  public _controllerRoleArn(there: StackResources): string {
    return this.attributes.controllerRoleArn ?? there.iamArn(`role/${roleName(this.controllerName, there.region)}`);
  }

  public _observerArn(there: StackResources): string {
    return there.arn("lambda", `function:${this.observerName}`);
  }

  /** The app's own issuers may be declared later. */
  private checkDeclaredElsewhere(): string[] {
    for (const other of Declarations.of(this)._issuers) {
      if (other._isImported || !collide(this.prefix, other.prefix)) continue;
      if (!isElsewhere(stackOf(this), stackOf(other))) {
        throw errors.importedIssuerIsDeclared(this, this.prefix, other.node.path, other.prefix);
      }
    }
    return [];
  }

  /** The role's ARN says which account the issuer is in. */
  private checkAccountOf(key: IConstruct): string[] {
    const { controllerRoleArn } = this.attributes;
    const there = isToken(controllerRoleArn) ? undefined : ROLE_ARN.exec(controllerRoleArn ?? "")?.[1];
    const { account: here } = placeOf(stackOf(key));
    if (here !== undefined && there !== undefined && here !== there) {
      throw errors.issuerElsewhere(key, "account", here, this.node.path, there);
    }
    return [];
  }
}
