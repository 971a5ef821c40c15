import { type ReadableSecret, readPolicy } from "../../src/model/policies";
import { identityOf, pin } from "../addresses";
import * as errors from "../errors";
import { StackResources } from "../stack-resources";
import { Construct, IamPolicy, IamRolePolicy, IamRolePolicyAttachment, type IConstruct, Lazy } from "../terraform";
import { Grant } from "./grant";
import type { CheckedRole } from "./grantee";

/** A key that a role may read. */
export interface ReadableKey {
  readonly secretName: string;
  readonly copies: readonly ReadableSecret[];
}

/**
 * All that one stack lets one role read. Renders `aws_iam_role_policy` and, for what has no room
 * there, `aws_iam_policy` with `aws_iam_role_policy_attachment`. AWS makes up the ends of the
 * policies' names: a policy is written over by another of its name, which another stack may have.
 */
export class ReaderPolicies extends Construct {
  public static of(construct: IConstruct, role: CheckedRole): ReaderPolicies {
    const here = StackResources.of(construct);
    const id = `read-${role.id}`;
    const found = here.node.tryFindChild(id);
    return found instanceof ReaderPolicies ? found : new ReaderPolicies(here, id, role);
  }

  /** In the order in which they are declared; each of a policy's own. */
  private readonly shares: ReadableKey[][] = [];
  /** Of the last share. */
  private grant: Grant | undefined;

  private constructor(
    scope: Construct,
    id: string,
    private readonly role: CheckedRole,
  ) {
    super(scope, id);
  }

  /** @returns the right on this key */
  public add(at: IConstruct, key: ReadableKey): Grant {
    const last = this.shares.at(-1);
    const most = this.shares.length === 1 ? INLINE_LENGTH : MANAGED_LENGTH;
    if (last !== undefined && this.grant !== undefined && lengthOf([...last, key]) <= most) {
      last.push(key);
      return this.grant;
    }
    if (this.shares.length > ATTACHMENTS_MAX) {
      const keys = this.shares.reduce((sum, share) => sum + share.length, 0);
      throw errors.tooManyGrants(at, keys, ATTACHMENTS_MAX);
    }
    const share = [key];
    this.shares.push(share);
    this.grant = this.render(share);
    return this.grant;
  }

  private render(share: readonly ReadableKey[]): Grant {
    const number = this.shares.length;
    const part = number === 1 ? "reads" : `reads_${number}`;
    const of = [identityOf(this.role.construct ?? this.role.name)];
    const policy = Lazy.stringValue({ produce: () => readPolicy(sorted(share)) });
    if (number === 1) {
      const inline = new IamRolePolicy(this, part, { namePrefix: NAME_START, role: this.role.name, policy });
      return new Grant(pin(inline, of, part));
    }
    const managed = new IamPolicy(this, part, {
      namePrefix: NAME_START,
      description: "Lets a role read AI API keys",
      policy,
    });
    const attachment = new IamRolePolicyAttachment(this, `${part}_attachment`, {
      role: this.role.name,
      policyArn: pin(managed, of, part).arn,
    });
    return new Grant(pin(attachment, of, `${part}_attachment`));
  }
}

const NAME_START = "scoped-keys-read-";
/**
 * AWS: all inline policies of a role together have at most 10,240 characters; half of it is left to
 * others.
 */
const INLINE_LENGTH = 5_120;
/** AWS: a managed policy has at most 6,144 characters. */
const MANAGED_LENGTH = 6_000;
/**
 * AWS: a role has at most 10 attached policies unless the quota is raised; two are left to others.
 */
const ATTACHMENTS_MAX = 8;

/** In the order of their names, so that the order in the code plays no part. */
function sorted(share: readonly ReadableKey[]): ReadableSecret[] {
  return [...share].sort((a, b) => (a.secretName < b.secretName ? -1 : 1)).flatMap(({ copies }) => copies);
}

const LONGEST_START = "arn:aws-us-gov:secretsmanager:ap-southeast-1:111122223333:secret:";
const LONGEST_KMS_ARN = `arn:aws-us-gov:kms:ap-southeast-1:111122223333:key/mrk-${"0".repeat(32)}`;

/** At most: ARNs are known only later, and those in no partition are longer than these. */
function lengthOf(keys: readonly ReadableKey[]): number {
  const copies = keys.flatMap(({ secretName, copies }) => copies.map((copy) => ({ ...copy, secretName })));
  return readPolicy(
    copies.map(({ secretName, region, kmsKeyArn }, at) => ({
      // Each counts, also where two have one name.
      secretArn: `${LONGEST_START}${secretName}-${String(at).padStart(6, "0")}`,
      region,
      kmsKeyArn: kmsKeyArn?.padEnd(LONGEST_KMS_ARN.length, "0"),
    })),
  ).length;
}
