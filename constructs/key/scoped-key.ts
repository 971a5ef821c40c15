import { defined } from "../../src/model/defined";
import { describeKey } from "../../src/model/description";
import { importIdOf } from "../../src/model/existing-secret";
import { expiryAlarmDays } from "../../src/model/expiry-alarm";
import { canonicalPolicy, type KeyPolicy, policyDigest } from "../../src/model/key-policy";
import { ISSUER_TAG, OWN_TAGS, resourceId, secretName } from "../../src/model/names";
import { secretPolicy } from "../../src/model/policies";
import { rotationSchedule } from "../../src/model/rotation-schedule";
import { ROLE_NAME } from "../access/grantee";
import { KeyGrants } from "../access/grants";
import { nameOfReader, type Readers, readerArns } from "../access/readers";
import { pin } from "../addresses";
import * as checks from "../checks";
import * as errors from "../errors";
import { quoted } from "../given";
import { Declarations } from "../guardrails/declarations";
import type { IKeyIssuer } from "../issuer/issuer";
import { StackBinding } from "../issuer/stack-binding";
import { KeyMetrics } from "../monitoring/metrics";
import { StackResources } from "../stack-resources";
import {
  addressOf,
  Construct,
  DataAwsSecretsmanagerSecret,
  type IConstruct,
  LambdaInvocation,
  Lazy,
  literal,
  namedAt,
  placeOf,
  SecretsmanagerSecret,
  SecretsmanagerSecretRotation,
  stackOf,
  type TerraformResource,
} from "../terraform";
import { grant } from "./grant-checks";
import type { Lifetime } from "./lifetime";
import type { LimitProps } from "./limits";
import type { KeyReplica } from "./replica";
import type { Scope } from "./scope";

/** A key that consumers can be let read. */
export interface IScopedKey extends IConstruct {
  /** ARN of the secret, whose JSON has the fields `apiKey`, `baseUrl`, `expiresAt` and others. */
  readonly secretArn: string;
  /** Name of the secret, e.g. `ai-keys/openai/summariser`. */
  readonly secretName: string;
  /** Rights on the key's value. */
  readonly grants: KeyGrants;
}

/** What a key is for, what it may do, and how long it lives. */
export interface ScopedKeyProps {
  /** Who mints the key. */
  readonly issuer: IKeyIssuer;
  /** E-mail address of the team or person to ask about the key. */
  readonly owner: string;
  /** What the key is used for, in one sentence of at most 256 characters. */
  readonly purpose: string;
  /**
   * What the key may do; at least one where the vendor has scopes.
   * @default - none, for vendors without scopes
   */
  readonly scopes?: readonly Scope[];
  /**
   * Models that the key may use, as the vendor names them.
   * @default - not limited by the key
   */
  readonly models?: readonly string[];
  /**
   * Endpoints that the key may call, as the vendor names them.
   * @default - not limited by the key
   */
  readonly endpoints?: readonly string[];
  /**
   * How much the key may do.
   * @default - not limited by the key
   */
  readonly limits?: LimitProps;
  /**
   * CIDR blocks that the key may be used from.
   * @default - from anywhere
   */
  readonly networks?: readonly string[];
  /**
   * How long its vendor keys live and when they are replaced. SK111 to SK117 for lengths that do
   * not fit together or the vendor.
   */
  readonly lifetime: Lifetime;
  /**
   * Name of the key, under the issuer's prefix. A change revokes the key and issues another.
   * @default - the construct's id
   */
  readonly keyName?: string;
  /**
   * ARN of a secret that has the key's secret name already, and whose value programs use: it
   * becomes the key's secret, its value stays readable as AWSPREVIOUS, and the vendor key in it is
   * left alone. Has no effect once it is applied; a plan with another state is refused (SK170). See
   * docs/taking-over.md. Needs Terraform 1.6.
   * @default - the secret is made, and there must be none of its name
   */
  readonly existingSecretArn?: string;
  /**
   * ARN of the KMS key that encrypts the secret.
   * @default - the account's own key for Secrets Manager
   */
  readonly kmsKeyArn?: string;
  /**
   * Regions that the secret is replicated to.
   * @default - none
   */
  readonly replicas?: readonly KeyReplica[];
  /**
   * Who may read the key's value.
   * @default - what the issuer says
   */
  readonly readers?: Readers;
  /**
   * Tags of the secret.
   * @default - none
   */
  readonly tags?: { readonly [name: string]: string };
}

/** Where the secret of a key of elsewhere is. */
export interface ScopedKeyAttributes {
  /**
   * Complete ARN of the secret, with the six characters that Secrets Manager appends to its name;
   * may be a token. SK154 otherwise.
   */
  readonly secretArn: string;
  /** Name of the secret, e.g. `ai-keys/openai/summariser`. */
  readonly secretName: string;
  /**
   * ARN of the KMS key that encrypts the secret, so that readers are let decrypt it.
   * @default - the account's own key for Secrets Manager
   */
  readonly kmsKeyArn?: string;
  /**
   * Regions that the secret is replicated to, so that readers are let read it there.
   * @default - none
   */
  readonly replicas?: readonly KeyReplica[];
}

/**
 * An AI API key: minted, rotated and revoked by the issuer's controller, its value only ever in
 * Secrets Manager.
 *
 * Renders `aws_secretsmanager_secret`, `aws_lambda_invocation` (the reconcile) and, if it rotates
 * by itself, `aws_secretsmanager_secret_rotation`.
 *
 * @example
 * const summariser = new ScopedKey(stack, "summariser", {
 *   issuer,
 *   owner: "search-team@example.com",
 *   purpose: "Summaries on the results page",
 *   scopes: [OpenAiScope.MODEL_REQUEST],
 *   lifetime: Lifetime.rotating({
 *     every: Duration.days(7),
 *     overlap: Duration.hours(24),
 *     expiry: Duration.days(10),
 *   }),
 * });
 * summariser.grants.read(appRole);
 */
export class ScopedKey extends Construct implements IScopedKey {
  /** A key that is declared elsewhere. Renders nothing until rights on it are granted. */
  public static fromAttributes(scope: Construct, id: string, attributes: ScopedKeyAttributes): IScopedKey {
    return new ImportedKey(scope, id, attributes);
  }

  /** Name of the secret: the issuer's prefix, a slash and the name of the key. */
  public readonly secretName: string;
  /** Rights on the key's value. */
  public readonly grants: KeyGrants;
  /** Metrics of the key, for alarms and dashboards of your own. */
  public readonly metrics: KeyMetrics;
  private readonly secret: SecretsmanagerSecret;
  /** What a move takes along. */
  private readonly parts: TerraformResource[] = [];
  private readonly readers: Readers;
  private arn: string | undefined;

  public constructor(scope: Construct, id: string, props: ScopedKeyProps) {
    super(scope, checks.id(scope, id));
    const { issuer } = props;
    if (!isIssuer(issuer)) throw errors.noIssuer(this, describeGiven(issuer));
    checks.noValues(this, "", props, issuer._vendor.valuePrefixes);
    const keyName = checks.literalText(this, "keyName", props.keyName ?? id);
    const policy = this.checkedPolicy(props);
    const kmsKeyArn = props.kmsKeyArn === undefined ? undefined : checks.kmsKeyArn(this, "kmsKeyArn", props.kmsKeyArn);
    this.checkRegionLater(props);
    issuer._register(this, keyName, expiryAlarmDays(policy.lifetime));
    this.secretName = secretName(issuer.prefix, keyName);
    this.metrics = new KeyMetrics(issuer.prefix, keyName);
    const link = StackBinding.of(this, issuer);
    this.readers = this.checkedReaders(props.readers ?? issuer._readers);
    const secretPolicy = this.readers._roles === undefined ? link.secretPolicy : this.closedPolicy(issuer.prefix, link);

    const identity = [issuer.prefix, keyName];
    const secret = new SecretsmanagerSecret(this, "secret", {
      name: this.secretName,
      description: literal(describeKey(policy, issuer._vendor.strategy === "manual")),
      policy: secretPolicy,
      // A destroyed key's secret is worthless, and its name is to be free at once.
      recoveryWindowInDays: 0,
      ...defined({ kmsKeyId: kmsKeyArn }),
      ...(props.replicas === undefined ? {} : { replica: this.checkedReplicas(props.replicas) }),
      // Goes before what the provider's default tags say.
      tags: { ...this.checkedTags(props.tags ?? {}), [ISSUER_TAG]: issuer.prefix },
    });
    this.secret = pin(secret, identity, "secret");
    this.node.defaultChild = this.secret;
    if (props.existingSecretArn !== undefined) {
      this.secret.importFrom(this.importId(this.checkedExisting(props.existingSecretArn), identity));
    }
    const secretAddress = addressOf(this.secret);

    // Of what replaces an invocation (function_name, qualifier, triggers) nothing may ever change:
    // replacing revokes the key.
    const reconcile = new LambdaInvocation(this, "reconcile", {
      functionName: issuer.controllerName,
      lifecycleScope: "CRUD",
      input: reconcileEvent(keyName, this.secretName, policy, link.repairOf(keyName, policyDigest(policy))),
    });
    this.parts.push(this.secret, pin(reconcile, identity, "reconcile"));
    reconcile.dependsOn = [secretAddress, ...link.dependencies];

    const { rotateEverySeconds } = policy.lifetime;
    // Where people mint, the interval is what they are reminded by.
    const byItself = issuer._vendor.strategy !== "manual";
    const schedule =
      rotateEverySeconds === undefined || !byItself ? undefined : rotationSchedule(rotateEverySeconds, this.secretName);
    if (schedule !== undefined) {
      const rotation = new SecretsmanagerSecretRotation(this, "rotation", {
        secretId: `\${${secretAddress}.id}`,
        rotationLambdaArn: link.controllerArn,
        // The first value is as fresh as can be.
        rotateImmediately: false,
        rotationRules: {
          scheduleExpression: schedule.expression,
          ...defined({ duration: schedule.duration }),
        },
      });
      rotation.dependsOn = [addressOf(reconcile)];
      this.parts.push(pin(rotation, identity, "rotation"));
    }
    this.grants = new KeyGrants(this, kmsKeyArn, props.replicas ?? []);
    Declarations.of(this)._addKey({
      construct: this,
      keyName,
      secretName: this.secretName,
      policy,
      issuer,
      kmsKeyArn,
      replicas: props.replicas ?? [],
      readers: this.grants._readers,
      secret: this.secret,
      secretPolicy,
      declaredReadersOnly: this.readers._roles !== undefined,
    });
  }

  /** ARN of the secret; a token. */
  public get secretArn(): string {
    this.arn ??= this.secret.arn;
    return this.arn;
  }

  /**
   * Takes the key over from other addresses in the same state, by `moved` blocks. A key needs none
   * when its construct moves or is called otherwise: its addresses follow from prefix and key name.
   * It has no effect once it is applied.
   * @param from the path that the construct had in its stack (`team/summariser`) where CDKTF named
   * its resources, or the address of one resource (`aws_secretsmanager_secret.summariser`, maybe
   * with `module.….` before it), which moves that one
   */
  public moveFrom(from: string): void {
    checks.noValues(this, "moveFrom", from);
    const text = checks.literalText(this, "moveFrom", from);
    const [, type] = ADDRESS.exec(text) ?? [];
    if (type !== undefined) {
      const part = this.parts.find(({ terraformResourceType }) => terraformResourceType === type);
      if (part === undefined) throw errors.malformedMove(this, text);
      part.moveFromId(text);
      return;
    }
    if (!CONSTRUCT_PATH.test(text)) throw errors.malformedMove(this, text);
    for (const part of this.parts) {
      part.moveFromId(`${part.terraformResourceType}.${namedAt(stackOf(this), `${text}/${part.node.id}`)}`);
    }
  }

  private checkedPolicy(props: ScopedKeyProps): KeyPolicy {
    const { issuer } = props;
    return canonicalPolicy({
      vendor: issuer._vendor.id,
      owner: checks.owner(this, props.owner),
      purpose: checks.purpose(this, props.purpose),
      ...grant(this, issuer._vendor, props),
      lifetime: checks.lifetime(this, props.lifetime, {
        vendor: issuer._vendor,
        issuer: issuer.node.path,
        maxExpirySeconds: issuer._maxExpirySeconds,
      }),
    });
  }

  private checkedExisting(given: string): string {
    const example = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${this.secretName}-AbCdEf`;
    const found = checks.arn(
      this,
      "existingSecretArn",
      checks.literalText(this, "existingSecretArn", given),
      checks.SECRET_ARN,
      example,
    );
    if (checks.SECRET_ARN.exec(found)?.[1] !== this.secretName) throw errors.otherSecret(this, found, this.secretName);
    return found;
  }

  /** A second state would import what the first has, and delete it with its own destroy. */
  private importId(arn: string, identity: readonly string[]): string {
    const existing = new DataAwsSecretsmanagerSecret(this, "existing", { arn });
    existing.overrideLogicalId(resourceId(identity, "existing"));
    // Not by the construct's path: the same key in another construct renders the same.
    const refusal = errors.keyOfAnotherState({ node: { path: this.secretName } }, this.secretName);
    return importIdOf(arn, `data.${addressOf(existing)}`, literal(refusal.message));
  }

  private checkedReaders(readers: Readers): Readers {
    for (const name of readers._roles ?? []) {
      if (!ROLE_NAME.test(checks.literalText(this, "readers", name))) throw errors.malformedReader(this, name);
    }
    return readers;
  }

  /** Known when all of the app is declared: roles are granted a key after it. */
  private closedPolicy(prefix: string, link: StackBinding): string {
    const here = StackResources.of(this);
    const names = () => {
      const readers = [...this.grants._readers, ...Declarations.of(this)._readersElsewhere(this.secretName)];
      return [...new Set([...readers.map(nameOfReader), ...(this.readers._roles ?? [])])].sort();
    };
    this.node.addValidation({
      validate: () => {
        if (names().length > READERS_MAX) throw errors.tooManyReaders(this, names().length, READERS_MAX);
        return [];
      },
    });
    const scope = { prefix, controllerRoleArn: link.controllerRoleArn };
    return Lazy.stringValue({
      produce: () => secretPolicy(here, { ...scope, readers: readerArns(here, names()) }),
    });
  }

  private checkedTags(tags: NonNullable<ScopedKeyProps["tags"]>): NonNullable<ScopedKeyProps["tags"]> {
    const own = Object.keys(tags).find((name) => name.toLowerCase().startsWith(OWN_TAGS));
    if (own !== undefined) throw errors.ownTag(this, own, OWN_TAGS);
    return tags;
  }

  private checkedReplicas(replicas: readonly KeyReplica[]): Array<{ region: string; kmsKeyId?: string }> {
    const seen = new Set<string>();
    return replicas.map(({ region, kmsKeyArn }) => {
      checks.literalText(this, "replicas", region);
      if (!REGION.test(region) || seen.has(region)) throw errors.malformedRegion(this, region);
      seen.add(region);
      if (kmsKeyArn === undefined) return { region };
      const kmsKeyId = checks.kmsKeyArn(this, "replicas.kmsKeyArn", kmsKeyArn);
      checks.kmsKeyRegion(this, "replicas.kmsKeyArn", kmsKeyArn, region);
      return { region, kmsKeyId };
    });
  }

  /** Where the secret is may be said after the key is declared. */
  private checkRegionLater({ kmsKeyArn, replicas = [] }: ScopedKeyProps): void {
    // To look for a stack's provider walks through all of its constructs.
    if (kmsKeyArn === undefined && replicas.length === 0) return;
    this.node.addValidation({
      validate: () => {
        const { region } = placeOf(stackOf(this));
        if (kmsKeyArn !== undefined) checks.kmsKeyRegion(this, "kmsKeyArn", kmsKeyArn, region);
        const own = replicas.find((replica) => replica.region === region);
        if (own !== undefined) throw errors.malformedRegion(this, own.region);
        return [];
      },
    });
  }
}

class ImportedKey extends Construct implements IScopedKey {
  public readonly secretArn: string;
  public readonly secretName: string;
  public readonly grants: KeyGrants;

  public constructor(scope: Construct, id: string, attributes: ScopedKeyAttributes) {
    super(scope, checks.id(scope, id));
    checks.noValues(this, "", attributes);
    const example = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai-keys/openai/summariser-AbCdEf";
    this.secretArn = checks.arn(this, "secretArn", attributes.secretArn, checks.SECRET_ARN, example);
    this.secretName = attributes.secretName;
    const { kmsKeyArn } = attributes;
    if (kmsKeyArn !== undefined) checks.kmsKeyArn(this, "kmsKeyArn", kmsKeyArn);
    this.grants = new KeyGrants(this, kmsKeyArn, attributes.replicas ?? []);
    Declarations.of(this)._addImported({
      construct: this,
      secretName: this.secretName,
      readers: this.grants._readers,
    });
  }
}

/** Plain JavaScript may give anything, and two copies of this package have a class each. */
function isIssuer(given: unknown): boolean {
  return Construct.isConstruct(given) && "_vendor" in given && "_register" in given;
}

function describeGiven(given: unknown): string {
  return Construct.isConstruct(given) ? `the construct ${given.node.path}` : quoted(given);
}

/** Of a resource, maybe in modules; group 1 is its type. */
const ADDRESS = /^(?:module\.[\w-]+(?:\[[^\]]+\])?\.)*(aws_\w+)\.[A-Za-z_][\w-]*(?:\[[^\]]+\])?$/;
const CONSTRUCT_PATH = /^[^/]+(?:\/[^/]+)*$/;
/** AWS: a secret's policy has at most 20,480 characters; each reader takes up to 250. */
const READERS_MAX = 60;
/** `eu-west-1`, `us-gov-west-1`, `us-isob-east-1`, `eusc-de-east-1` */
const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d$/;

/**
 * `reconcileEventSchema`. Text and not a tree of functions: a plan shows its JSON field by field
 * all the same.
 */
function reconcileEvent(keyName: string, secret: string, policy: KeyPolicy, repair: string): string {
  const fields = JSON.stringify({ key: keyName, secret, policy });
  return `${literal(fields.slice(0, -1))},"repair":${repair}}`;
}
