import { OPERATOR_ALIAS, SWEEP_ALIAS } from "../../src/model/doors";
import { ENVIRONMENT } from "../../src/model/environment";
import { SWEEP_EVENT } from "../../src/model/events";
import { INCIDENT_EVENT_SOURCE, INCIDENT_EVENT_TYPES } from "../../src/model/incidents";
import { functionName } from "../../src/model/names";
import { controllerPolicy, observerPolicy, type Statement, secretsUnder } from "../../src/model/policies";
import { type ProjectLimits, projectLimitsDigest } from "../../src/model/project-limits";
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE } from "../../src/model/units";
import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { IssuerGrants } from "../access/issuer-grants";
import { Readers } from "../access/readers";
import { pin } from "../addresses";
import * as checks from "../checks";
import { Duration } from "../duration";
import * as errors from "../errors";
import { Declarations } from "../guardrails/declarations";
import { renderAlarms } from "../monitoring/alarms";
import { IssuerMetrics } from "../monitoring/metrics";
import { StackResources } from "../stack-resources";
import {
  CloudwatchEventRule,
  CloudwatchEventTarget,
  Construct,
  type IConstruct,
  isElsewhere,
  isToken,
  LambdaAlias,
  type LambdaFunction,
  LambdaPermission,
  placeOf,
  stackOf,
  type TerraformResource,
} from "../terraform";
import type { AdminKey } from "./admin-key";
import { DriftDetection } from "./drift-detection";
import type { RoleProps } from "./function-role";
import type { IKeyIssuer } from "./issuer";
import { KeyFunction, type KeyFunctionProps } from "./key-function";
import { KeyNames } from "./key-names";
import { Ledger } from "./ledger";
import { checkedPrefix, collide } from "./prefix";

/** Where the functions run. */
export interface NetworkProps {
  /**
   * Subnets with a way to the vendor, Secrets Manager, DynamoDB, CloudWatch Logs and, for events of
   * incidents, EventBridge; where secrets have KMS keys of their own, to KMS as well, or drift of
   * such keys is "not known".
   */
  readonly subnetIds: readonly string[];
  /** Security groups of the functions, at least one; they need no way in. */
  readonly securityGroupIds: readonly string[];
}

/** Logs of the functions. */
export interface LogProps {
  /**
   * Days that logs are kept; one of the numbers that CloudWatch Logs knows.
   * @default 90
   */
  readonly retentionDays?: number;
  /**
   * KMS key that encrypts the logs. Its policy must let CloudWatch Logs use it.
   * @default - encrypted by CloudWatch Logs' own key
   */
  readonly kmsKeyArn?: string;
}

/** An element of `advancedEventSelector` of an `aws_cloudtrail`. */
export interface AuditEventSelector {
  /** What the selector is for, e.g. `ai-keys/openai: who called the controller`. */
  readonly name: string;
  /** All of these hold for an event that is recorded. */
  readonly fieldSelector: AuditFieldSelector[];
}

/** A condition of an `AuditEventSelector`, as CloudTrail takes it. */
export interface AuditFieldSelector {
  /** Field of the event, e.g. `resources.ARN`. */
  readonly field: string;
  /**
   * Values, one of which the field has.
   * @default - not asked
   */
  readonly equalTo?: string[];
  /**
   * Starts, one of which the field has.
   * @default - not asked
   */
  readonly startsWith?: string[];
}

/** Runs at once that are kept free for each function, and that it may not exceed. */
export interface ConcurrencyProps {
  /**
   * Terraform invokes it up to 10 times at once, and Secrets Manager and the schedule beside it: at
   * least 5.
   * @default - what the account has left
   */
  readonly controller?: number;
  /**
   * Each plan invokes it once: at least 1.
   * @default - what the account has left
   */
  readonly observer?: number;
}

/** What issuers of all vendors have in common. */
export interface CommonIssuerProps {
  /**
   * Start of the names of all secrets, functions and vendor keys. A change replaces them all.
   * @default - `<id of the stack>/<id of the issuer>`
   */
  readonly prefix?: string;
  /**
   * Runs the functions in a VPC.
   * @default - outside of any VPC
   */
  readonly network?: NetworkProps;
  /** @default - kept for 90 days */
  readonly logs?: LogProps;
  /**
   * SNS topic that alarms go to.
   * @default - alarms change their state and tell nobody
   */
  readonly alertTopicArn?: string;
  /** @default DriftDetection.atPlan() */
  readonly drift?: DriftDetection;
  /**
   * Who may read the values of its keys, unless a key says another.
   * @default Readers.whoeverIamLets()
   */
  readonly readers?: Readers;
  /**
   * Longest expiry that keys of this issuer may have.
   * @default - the vendor's maximum
   */
  readonly maxExpiry?: Duration;
  /**
   * Admin calls a minute and endpoint that all functions together send.
   * @default - what the vendor answers without throttling
   */
  readonly adminCallsPerMinute?: number;
  /**
   * Interval of the sweep, which revokes superseded keys and reclaims orphans: whole minutes, 5
   * minutes to 1 day.
   * @default Duration.hours(1)
   */
  readonly sweepEvery?: Duration;
  /**
   * What an organisation demands of the functions' roles.
   * @default - roles at `/`, without a permissions boundary
   */
  readonly roles?: RoleProps;
  /**
   * Reserves concurrency, where an account has little: without any free a plan waits for ever.
   * @default - none is reserved
   */
  readonly concurrency?: ConcurrencyProps;
  /**
   * Memory of each function in MiB, 256 to 10,240; Lambda gives processor time in proportion.
   * @default 256
   */
  readonly memoryMebibytes?: number;
  /**
   * Tags of the functions, roles, log groups, schedule and alarms.
   * @default - none
   */
  readonly tags?: { readonly [name: string]: string };
}

/** Of issuers whose vendor has admin keys. */
export interface KeyIssuerProps extends CommonIssuerProps {
  /** Key that mints and revokes keys at the vendor. */
  readonly adminKey: AdminKey;
  /**
   * Admin key that may only read, for the observer.
   * @default - `adminKey`
   */
  readonly observerAdminKey?: AdminKey;
}

/** Of all issuers: admin keys are there unless the vendor has none */
export interface AnyIssuerProps extends CommonIssuerProps {
  readonly adminKey?: AdminKey;
  readonly observerAdminKey?: AdminKey;
}

/**
 * Statements that a function's role needs beyond what all issuers' have.
 */
export type VendorStatements = (
  role: "controller" | "observer",
  scope: { readonly here: StackResources; readonly prefix: string },
) => readonly Statement[];

/** What issuers of few vendors are made of beside it. */
export interface IssuerParts {
  /** Of the roles, for vendors whose admin API is AWS's own. */
  readonly statements?: VendorStatements;
  /**
   * File that is deployed beside the functions' code, where the package has none for the vendor.
   */
  readonly adapter?: Uint8Array;
}

const CONTROLLER_TIMEOUT_SECONDS = 600;
const OBSERVER_TIMEOUT_SECONDS = 60;
/** What the functions are tested with. */
const MEMORY_MEBIBYTES_MIN = 256;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEMORY_MEBIBYTES_MAX = 10_240;
const DEFAULT_RETENTION_DAYS = 90;
/**
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const ADMIN_CALLS_PER_MINUTE_MAX = 600;
const CONCURRENCY_MIN = { controller: 5, observer: 1 } as const;
const CONCURRENCY_MAX = 1_000;
const SWEEP_MIN_SECONDS = 5 * SECONDS_PER_MINUTE;
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;
/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const ROLE_PATH = /^\/(?:[!-.0-~]+\/)*$/;
const ROLE_NAME_START = /^[\w+=,.@-]{0,24}$/;
const TOPIC_ARN = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(?:\.fifo)?$/;

/**
 * A deployed connection to one vendor account or project. Renders the ledger (`aws_dynamodb_table`,
 * `aws_dynamodb_resource_policy`), controller and observer (`aws_lambda_function`, `aws_iam_role`,
 * `aws_iam_role_policy`, `aws_cloudwatch_log_group` each), two `aws_lambda_alias` of the
 * controller, by which the schedule and operators call it, the schedule of the sweep
 * (`aws_cloudwatch_event_rule`, `aws_cloudwatch_event_target`), two `aws_lambda_permission` and six
 * `aws_cloudwatch_metric_alarm`. Keys in any number of stacks of the same account and region can
 * share one issuer.
 *
 * @example
 * new OpenAiIssuer(stack, "openai", {
 *   adminKey: AdminKey.fromSecretName("ai/admin/openai"),
 *   projectId: "proj_abc",
 *   sweepEvery: Duration.minutes(30),
 * });
 */
export abstract class KeyIssuer extends Construct implements IKeyIssuer {
  /** Start of the names of all secrets, functions and vendor keys. */
  public readonly prefix: string;
  /** Constant over releases: another name would replace every key. */
  public readonly controllerName: string;
  /** Constant over releases, as that of the controller. */
  public readonly observerName: string;
  /** Metrics of the issuer, for alarms and dashboards of your own. */
  public readonly metrics: IssuerMetrics;
  /** Rights of people and pipelines. */
  public readonly grants: IssuerGrants;

  /** @internal */
  public readonly _isImported = false;
  /** @internal */
  public readonly _vendor: VendorDescriptor;
  /** @internal */
  public readonly _driftAtPlan: boolean;
  /** @internal */
  public readonly _readers: Readers;
  /** @internal what the names of functions, alarms and schedule start with */
  public readonly _name: string;
  /** @internal undefined: the vendor's maximum holds */
  public readonly _maxExpirySeconds: number | undefined;
  /**
   * @internal what must stand as long as there are keys; all else of the controller is behind them
   */
  public readonly _permissions: ReadonlyArray<LambdaPermission | LambdaAlias>;
  /** @internal id of the project that the issuer declares something for */
  public _account: string | undefined;
  /** @internal undefined where the vendor has none */
  public readonly _adminKey: AdminKey | undefined;

  /** @internal */
  public readonly _ledger: Ledger;

  private readonly controller: KeyFunction;
  private readonly observer: KeyFunction;
  private accountPolicy: ProjectLimits | undefined;
  private readonly keyNames: KeyNames;
  private readonly expiryAlarmDays: number[] = [];

  /**
   * @param vendorSettings as the vendor's adapter reads them; may hold tokens
   * @param parts what issuers of few vendors need beside it
   */
  protected constructor(
    scope: Construct,
    id: string,
    vendor: VendorDescriptor,
    vendorSettings: { readonly [name: string]: string },
    props: AnyIssuerProps,
    parts: IssuerParts = {},
  ) {
    super(scope, checks.id(scope, id));
    checks.noValues(this, "", props, vendor.valuePrefixes);
    this._vendor = vendor;
    this._adminKey = props.adminKey;
    this.prefix = this.checkedPrefix(props.prefix);
    this.keyNames = new KeyNames(this);
    this.controllerName = functionName(this.prefix, "controller");
    this.observerName = functionName(this.prefix, "observer");
    this._name = this.controllerName.replace(/-controller$/, "");
    this.metrics = new IssuerMetrics(this.prefix);
    this.grants = new IssuerGrants(this);
    this._readers = props.readers ?? Readers.whoeverIamLets();
    this._driftAtPlan = (props.drift ?? DriftDetection.atPlan())._atPlan;
    this._maxExpirySeconds =
      props.maxExpiry === undefined ? undefined : checks.lengthOf(this, "maxExpiry", props.maxExpiry);
    const here = StackResources.of(this);
    const sweepEverySeconds = this.checkedSweep(props.sweepEvery ?? Duration.hours(1));
    const tags = props.tags === undefined ? {} : { tags: props.tags };
    this._ledger = new Ledger(this, "ledger", here, this.prefix);

    const { statements = () => [], adapter } = parts;
    const code = { vendorSettings: JSON.stringify(vendorSettings), adapter, statements };
    const controller = this.renderFunction("controller", CONTROLLER_TIMEOUT_SECONDS, "adminKey", code, props);
    const observer = this.renderFunction("observer", OBSERVER_TIMEOUT_SECONDS, "observerAdminKey", code, props);
    this.controller = controller;
    this.node.defaultChild = controller.lambda;
    this.observer = observer;
    const sweepAlias = this.renderAlias(SWEEP_ALIAS, "The schedule calls the controller by this name");
    const operatorAlias = this.renderAlias(OPERATOR_ALIAS, "People's orders call the controller by this name");

    const rule = this.own(CloudwatchEventRule, "sweep", {
      name: `${this._name}-sweep`,
      description: `Revokes what is due and reclaims orphans under ${this.prefix}/`,
      scheduleExpression: checks.sweepSchedule(sweepEverySeconds),
      ...tags,
      // As alarms: a rule is written over by another of its name, and a function is not.
      dependsOn: [controller.lambda],
    });
    const sweepPermission = this.own(LambdaPermission, "sweep_permission", {
      statementId: "Sweep",
      action: "lambda:InvokeFunction",
      functionName: controller.lambda.functionName,
      qualifier: sweepAlias.name,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    this.own(CloudwatchEventTarget, "sweep_target", {
      rule: rule.name,
      arn: sweepAlias.arn,
      input: JSON.stringify(SWEEP_EVENT),
      dependsOn: [sweepPermission],
    });
    const rotationPermission = this.own(LambdaPermission, "rotation_permission", {
      statementId: "Rotation",
      action: "lambda:InvokeFunction",
      functionName: controller.lambda.functionName,
      principal: "secretsmanager.amazonaws.com",
      sourceAccount: here.account,
      sourceArn: secretsUnder(here, this.prefix),
    });
    this._permissions = [rotationPermission, sweepPermission, operatorAlias];

    renderAlarms(this, {
      prefix: this.prefix,
      metrics: this.metrics,
      name: this._name,
      controller,
      admin: vendor.adminKey === "none" ? "the functions" : "the admin key",
      adminPermission: vendor.adminPermission,
      sweepEverySeconds,
      expiryAlarmDays: () => (this.expiryAlarmDays.length === 0 ? 1 : Math.min(...this.expiryAlarmDays)),
      topicArn:
        props.alertTopicArn === undefined
          ? undefined
          : checks.arn(
              this,
              "alertTopicArn",
              props.alertTopicArn,
              TOPIC_ARN,
              "arn:aws:sns:eu-west-1:111122223333:alerts",
            ),
      tags: props.tags,
    });
    Declarations.of(this)._addIssuer(this);
  }

  /** ARN of the role that the controller runs as, e.g. for `fromAttributes` in another app. */
  public get controllerRoleArn(): string {
    return this._controllerRoleArn(StackResources.of(this));
  }

  /**
   * Event pattern, as JSON for an `aws_cloudwatch_event_rule`, of the incidents of this issuer and
   * its keys: what goes wrong and is healed, told on the account's default event bus once when it
   * begins and once when it is over.
   */
  public incidentPattern(): string {
    return JSON.stringify({
      source: [INCIDENT_EVENT_SOURCE],
      "detail-type": Object.values(INCIDENT_EVENT_TYPES),
      detail: { issuer: [this.prefix] },
    });
  }

  /**
   * Takes a key in, or refuses its name.
   * @internal
   * @param alarmDays life left at which its rotation has gone wrong; undefined where it does not
   * rotate
   */
  public _register(key: IConstruct, keyName: string, alarmDays: number | undefined): void {
    this.keyNames.add(key, keyName);
    if (alarmDays !== undefined) this.expiryAlarmDays.push(alarmDays);
  }

  /** @internal what the issuer declares for the project */
  public get _accountPolicy(): ProjectLimits | undefined {
    return this.accountPolicy;
  }

  /**
   * Lets the controller apply this policy for the whole project, and no other.
   * @internal
   */
  public _declareAccountPolicy(policy: ProjectLimits): void {
    this.accountPolicy = policy;
    this.controller.addVariable(ENVIRONMENT.accountPolicy, projectLimitsDigest(policy));
  }

  /** @internal A token of another stack makes the issuer's stack put the ARN out. */
  public _observerArn(): string {
    return this.observer.lambda.arn;
  }

  /** @internal */
  public _controllerRoleArn(there: StackResources): string {
    return this.controller.role.arnIn(there);
  }

  /** @internal what no two states can have */
  public get _exclusive(): LambdaFunction {
    return this.controller.lambda;
  }

  /** @internal of both functions */
  public _roleArns(there: StackResources): string[] {
    return [this.controller, this.observer].map(({ role }) => role.arnIn(there));
  }

  /**
   * What a CloudTrail trail has to select so that it proves who called the controller, and who
   * wrote into the ledger: elements of `advancedEventSelector` of an `aws_cloudtrail`. Both are
   * data events, which no trail records unless it is told to, and which CloudTrail charges for. An
   * `advancedEventSelector` takes the place of all that a trail selects: name management events
   * beside it.
   */
  public auditEventSelectors(): AuditEventSelector[] {
    const here = StackResources.of(this);
    const select = (name: string, type: string, arns: readonly string[]): AuditEventSelector => ({
      name: `${this.prefix}: ${name}`,
      fieldSelector: [
        { field: "eventCategory", equalTo: ["Data"] },
        { field: "resources.type", equalTo: [type] },
        // By its start: the ARN of a call may end with the alias that was called.
        { field: "resources.ARN", startsWith: [...arns] },
      ],
    });
    const ledger = select("who wrote into the ledger", "AWS::DynamoDB::Table", [
      here.arn("dynamodb", `table/${this._ledger.tableName}`),
    ]);
    return [
      select("who called the controller", "AWS::Lambda::Function", [
        here.arn("lambda", `function:${this.controllerName}`),
      ]),
      { ...ledger, fieldSelector: [...ledger.fieldSelector, { field: "readOnly", equalTo: ["false"] }] },
    ];
  }

  private checkedPrefix(given: string | undefined): string {
    const prefix = checkedPrefix(this, given ?? `${stackOf(this).node.id}/${this.node.id}`);
    for (const other of this.node.root.node.findAll()) {
      if (!(other instanceof KeyIssuer) || other === this || !collide(prefix, other.prefix)) continue;
      const refuse = () => {
        if (!isElsewhere(stackOf(this), stackOf(other))) {
          throw errors.prefixTaken(this, prefix, other.node.path, other.prefix);
        }
        return [];
      };
      // A stack's provider may come after its issuer.
      if (isPlaced(this) && isPlaced(other)) refuse();
      else this.node.addValidation({ validate: refuse });
    }
    return prefix;
  }

  private checkedSweep(every: Duration): number {
    const seconds = checks.lengthOf(this, "sweepEvery", every);
    if (seconds % SECONDS_PER_MINUTE !== 0 || seconds < SWEEP_MIN_SECONDS || seconds > SECONDS_PER_DAY) {
      throw errors.outOfRange(this, "sweepEvery", every.toString(), "whole minutes, 5 minutes to 1 day");
    }
    // A rotation in place that nobody finished is the sweep's, before the value in use ends.
    if (this._vendor.strategy === "in_place" && seconds > SECONDS_PER_HOUR) {
      const allowed = `whole minutes, 5 minutes to 1 hour: ${this._vendor.displayName} replaces values in place`;
      throw errors.outOfRange(this, "sweepEvery", every.toString(), allowed);
    }
    return seconds;
  }

  /** A resource of the issuer's own. @param id of the construct, and in the address */
  private own<P, R extends TerraformResource>(
    type: new (scope: Construct, id: string, props: P) => R,
    id: string,
    props: P,
  ): R {
    return pin(new type(this, id, props), [this.prefix], id);
  }

  /** Of `$LATEST`: an update of the code changes no alias, and so nothing that depends on one. */
  private renderAlias(name: string, description: string): LambdaAlias {
    return this.own(LambdaAlias, `${name}_alias`, {
      name,
      description,
      functionName: this.controller.lambda.functionName,
      functionVersion: "$LATEST",
    });
  }

  private renderFunction(
    role: "controller" | "observer",
    timeoutSeconds: number,
    adminKeyProp: "adminKey" | "observerAdminKey",
    {
      statements,
      ...code
    }: Pick<KeyFunctionProps, "vendorSettings" | "adapter"> & Required<Pick<IssuerParts, "statements">>,
    props: AnyIssuerProps,
  ): KeyFunction {
    const here = StackResources.of(this);
    const adminKey = props[adminKeyProp] ?? props.adminKey;
    const adminSecret = adminKey === undefined ? undefined : this.checkedAdminSecret(adminKeyProp, adminKey);
    const adminKmsKeyArn = adminKey?._kmsKeyArn;
    if (adminKmsKeyArn !== undefined) checks.kmsKeyArn(this, `${adminKeyProp}.kmsKeyArn`, adminKmsKeyArn);
    const { subnetIds, securityGroupIds } = this.checkedNetwork(props.network);
    const functionProps: KeyFunctionProps = {
      here,
      ledger: this._ledger,
      vendor: this._vendor.id,
      role,
      prefix: this.prefix,
      timeoutSeconds,
      memoryMebibytes: checks.wholeNumber(
        this,
        "memoryMebibytes",
        props.memoryMebibytes ?? MEMORY_MEBIBYTES_MIN,
        MEMORY_MEBIBYTES_MIN,
        MEMORY_MEBIBYTES_MAX,
      ),
      adminSecret,
      driftAtPlan: role === "controller" && this._driftAtPlan,
      ...code,
      adminCallsPerMinute: checks.wholeNumber(
        this,
        "adminCallsPerMinute",
        props.adminCallsPerMinute ?? this._vendor.adminCallsPerMinute,
        1,
        ADMIN_CALLS_PER_MINUTE_MAX,
      ),
      retentionDays: this.checkedRetention(props.logs?.retentionDays ?? DEFAULT_RETENTION_DAYS),
      logKmsKeyArn:
        props.logs?.kmsKeyArn === undefined
          ? undefined
          : checks.kmsKeyArn(this, "logs.kmsKeyArn", props.logs.kmsKeyArn),
      subnetIds,
      securityGroupIds,
      tags: props.tags,
      roles: this.checkedRoles(props.roles ?? {}),
      concurrency: this.checkedConcurrency(role, props.concurrency?.[role]),
    };
    const policy = role === "controller" ? controllerPolicy : observerPolicy;
    return new KeyFunction(this, role, functionProps, (logGroup) =>
      policy({
        here,
        prefix: this.prefix,
        ledgerTable: this._ledger.tableName,
        logGroup,
        // Secrets Manager appends a hyphen and six characters to a name.
        adminSecretArn:
          adminKey?._secretArn ??
          (adminSecret === undefined ? undefined : here.arn("secretsmanager", `secret:${adminSecret}-??????`)),
        adminKmsKeyArn,
        inVpc: subnetIds.length > 0,
        ofVendor: statements(role, { here, prefix: this.prefix }),
      }),
    );
  }

  /** @returns name or ARN of the secret */
  private checkedAdminSecret(prop: string, key: AdminKey): string {
    if (key._secretArn !== undefined) {
      const secretArn = checks.arn(
        this,
        prop,
        key._secretArn,
        checks.SECRET_ARN,
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai/admin-AbCdEf",
      );
      const name = checks.SECRET_ARN.exec(secretArn)?.[1];
      if (name !== undefined) this.refuseUnderPrefix(prop, name);
      return secretArn;
    }
    const name = checks.literalText(this, prop, key._secretName ?? "");
    if (typeof name !== "string" || !SECRET_NAME.test(name)) throw errors.malformedSecretName(this, prop, name);
    this.refuseUnderPrefix(prop, name);
    return name;
  }

  private refuseUnderPrefix(prop: string, name: string): void {
    if (name.startsWith(`${this.prefix}/`)) throw errors.adminSecretUnderPrefix(this, prop, name, this.prefix);
  }

  private checkedConcurrency(role: "controller" | "observer", given: number | undefined): number | undefined {
    if (given === undefined) return undefined;
    return checks.wholeNumber(this, `concurrency.${role}`, given, CONCURRENCY_MIN[role], CONCURRENCY_MAX);
  }

  private checkedRoles(roles: RoleProps): RoleProps {
    const { path = "/", namePrefix = "", permissionsBoundaryArn } = roles;
    const where = "what your organisation demands of IAM roles";
    checks.setting(
      this,
      "roles.path",
      path,
      ROLE_PATH,
      "a path that begins and ends with a slash, such as /platform/",
      where,
    );
    checks.literalText(this, "roles.namePrefix", namePrefix);
    checks.setting(
      this,
      "roles.namePrefix",
      namePrefix,
      ROLE_NAME_START,
      "at most 24 letters, digits or _+=,.@-",
      where,
    );
    if (permissionsBoundaryArn !== undefined) {
      const example = "arn:aws:iam::111122223333:policy/boundary";
      checks.arn(this, "roles.permissionsBoundaryArn", permissionsBoundaryArn, checks.POLICY_ARN, example);
    }
    return roles;
  }

  private checkedRetention(days: number): number {
    if (isToken(days)) throw errors.tokenNotAllowed(this, "logs.retentionDays");
    if (!RETENTION_DAYS.includes(days)) {
      throw errors.outOfRange(this, "logs.retentionDays", days, `one of ${RETENTION_DAYS.join(", ")}`);
    }
    return days;
  }

  private checkedNetwork(network: NetworkProps | undefined): NetworkProps {
    if (network === undefined) return { subnetIds: [], securityGroupIds: [] };
    if (network.subnetIds.length === 0 || network.securityGroupIds.length === 0) throw errors.emptyNetwork(this);
    return network;
  }
}

/** Whether the stack says by now where it is. */
function isPlaced(construct: Construct): boolean {
  return placeOf(stackOf(construct)).region !== undefined;
}
