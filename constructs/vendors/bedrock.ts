import { defined } from "../../src/model/defined";
import {
  IAM_PATH,
  IAM_USERS,
  IAM_USERS_NAME_PREFIX,
  IAM_USERS_PATH,
  type IamUsers,
  iamBoundaryName,
} from "../../src/model/names";
import { bedrockBoundary, bedrockStatements } from "../../src/model/policies";
import { bedrockDescriptor } from "../../src/vendors/bedrock/descriptor";
import { pin } from "../addresses";
import * as checks from "../checks";
import * as errors from "../errors";
import { ImportedIssuer, type IssuerAttributes } from "../issuer/imported-issuer";
import type { IKeyIssuer } from "../issuer/issuer";
import { type CommonIssuerProps, KeyIssuer } from "../issuer/key-issuer";
import type { StackResources } from "../stack-resources";
import { addressOf, type Construct, IamPolicy, isToken, Lazy, renderedOf } from "../terraform";

/** There is no admin key: the functions' roles do what it does elsewhere. */
export interface BedrockIssuerProps extends CommonIssuerProps {
  /**
   * Regions that keys may be used in, e.g. `["eu-central-1"]`; the first one is that of the
   * secret's `baseUrl`. An inference profile needs all regions that it may choose, and a global one
   * `unspecified` as well.
   */
  readonly regions: readonly string[];
  /**
   * ARN of a managed policy that is the permissions boundary of each IAM user: no policy of a user
   * gives it more. It has to let models be invoked with long-term API keys. May be a token.
   * @default - a policy that lets that and nothing else
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * What an organisation demands of the IAM users, apart from their boundary. Decide it before the
   * first key: users that were made stay where they are, and only those at `/scoped-keys/` without
   * a prefix stay within reach of the functions.
   * @default - users at `/scoped-keys/` whose names begin with `scoped-keys-`
   */
  readonly users?: BedrockUserProps;
}

/** What an organisation demands of each IAM user. */
export interface BedrockUserProps {
  /**
   * IAM path, e.g. `/platform/`. No token.
   * @default "/scoped-keys/"
   */
  readonly path?: string;
  /**
   * What the users' names begin with, e.g. `platform-`: 24 characters at most. No token.
   * @default - nothing: `scoped-keys-<hash>-<key>-<hash>`
   */
  readonly namePrefix?: string;
}

const REGION = /^(?!us-gov-|us-iso|eu-iso|cn-)[a-z]{2}(?:-[a-z]+)+-\d$/;
const NO_REGION = "unspecified";
const RULE = "a region of the partition aws such as eu-central-1";
const WHERE = "Bedrock's console, where a model's page names its regions";

/**
 * Issuer of long-term API keys of Amazon Bedrock in the stack's account. Each declared key has an
 * IAM user of its own, under `/scoped-keys/`, whose inline policy holds models, networks and
 * regions, and two vendor keys at most. AWS enforces models, networks and expiry per key. Programs
 * that run in AWS need no key: a role, or the short-term keys made from it, are better there.
 *
 * Renders what `KeyIssuer` says and, unless one is given, the users' permissions boundary, an
 * `aws_iam_policy`; the roles may also make and delete such users, and no others.
 *
 * @example
 * new BedrockIssuer(stack, "bedrock", { regions: ["eu-central-1"] });
 */
export class BedrockIssuer extends KeyIssuer {
  /**
   * An issuer that another app deployed, for keys of this one. Renders nothing until a key names
   * it; docs/keys-of-another-app.md. Throws SK267, SK245 and SK260, and SK132 for a malformed
   * prefix.
   */
  public static fromAttributes(scope: Construct, id: string, attributes: IssuerAttributes): IKeyIssuer {
    return new ImportedIssuer(scope, id, bedrockDescriptor, attributes);
  }

  public constructor(scope: Construct, id: string, props: BedrockIssuerProps) {
    // Known behind `super`, which makes the functions.
    let boundary: IamPolicy | undefined;
    const permissionsBoundary = props.permissionsBoundaryArn ?? Lazy.stringValue({ produce: () => boundary?.arn });
    const { path, namePrefix } = props.users ?? {};
    const users: IamUsers = { path: path ?? IAM_USERS.path, namePrefix: namePrefix ?? IAM_USERS.namePrefix };
    const settings = {
      regions: props.regions.join(),
      permissionsBoundary,
      ...defined({ userPath: path, userNamePrefix: namePrefix }),
    };
    super(scope, id, bedrockDescriptor, settings, props, {
      statements: (role, { here, prefix }) =>
        bedrockStatements(
          role,
          { here, prefix },
          props.permissionsBoundaryArn ?? Lazy.stringValue({ produce: () => boundary && arnOf(boundary, here) }),
          users,
        ),
    });
    if (props.permissionsBoundaryArn === undefined) {
      // By reference: a user cannot be made before its boundary.
      const policy = new IamPolicy(this, "boundary", {
        name: iamBoundaryName(this.prefix),
        path: IAM_PATH,
        description: `Most that IAM users of the keys under ${this.prefix}/ may do`,
        policy: bedrockBoundary(),
        ...defined({ tags: props.tags }),
      });
      boundary = pin(policy, [this.prefix], "boundary");
    } else {
      const example = "arn:aws:iam::111122223333:policy/bedrock-boundary";
      checks.arn(this, "permissionsBoundaryArn", props.permissionsBoundaryArn, checks.POLICY_ARN, example);
    }
    this.checkUsers(users);
    if (isToken(props.regions)) throw errors.tokenNotAllowed(this, "regions");
    if (props.regions.length === 0) throw errors.malformedSetting(this, "regions", "none", RULE, WHERE);
    for (const [index, region] of props.regions.entries()) {
      if (index > 0 && region === NO_REGION) continue;
      checks.setting(this, `regions[${index}]`, region, REGION, RULE, WHERE);
    }
  }

  private checkUsers({ path, namePrefix }: IamUsers): void {
    const where = "what your organisation demands of IAM users";
    const paths = "a path of letters, digits and _+=,.@- that begins and ends with a slash, such as /platform/";
    checks.setting(this, "users.path", checks.literalText(this, "users.path", path), IAM_USERS_PATH, paths, where);
    checks.setting(
      this,
      "users.namePrefix",
      checks.literalText(this, "users.namePrefix", namePrefix),
      IAM_USERS_NAME_PREFIX,
      "at most 24 letters, digits or _+=,.@-",
      where,
    );
  }
}

/**
 * As it is rendered, Aspects included; a text that plans know, where nobody lets AWS choose the
 * name.
 */
function arnOf(policy: IamPolicy, here: StackResources): string {
  const { name, name_prefix, path } = renderedOf(policy);
  if (typeof name !== "string" || name_prefix !== undefined || typeof path !== "string")
    return `\${${addressOf(policy)}.arn}`;
  return here.iamArn(`policy${path}${name}`);
}
