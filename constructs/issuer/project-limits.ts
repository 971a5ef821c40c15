import * as v from "valibot";
import { defined } from "../../src/model/defined";
import {
  canonicalProjectLimits,
  type ProjectLimits,
  projectLimitsDigest,
  projectLimitsSchema,
} from "../../src/model/project-limits";
import { pin } from "../addresses";
import * as errors from "../errors";
import type { Spend } from "../key/limits";
import { isToken, LambdaInvocation, literal } from "../terraform";
import { KeyIssuer } from "./key-issuer";
import { StackBinding } from "./stack-binding";

/**
 * What an issuer declares for the whole project (or the vendor's like), as its own properties have
 * it.
 */
export interface ProjectLimitsProps {
  readonly models?: readonly string[] | undefined;
  readonly rateLimits?: readonly ProjectRateProps[] | undefined;
  readonly spend?: Spend | undefined;
}

export interface ProjectRateProps {
  readonly model?: string;
  readonly group?: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
}

/**
 * Renders the `aws_lambda_invocation` that applies what the issuer declares for the whole project.
 * @param property of the issuer, as errors name it: `project`
 * @param account id of the project; two issuers that declare for one would undo each other's
 */
export function declareProjectLimits(
  issuer: KeyIssuer,
  property: string,
  account: string,
  props: ProjectLimitsProps,
): void {
  const policy = checkedPolicy(issuer, property, props);
  checkOnce(issuer, account);
  issuer._declareAccountPolicy(policy);
  const link = StackBinding.of(issuer, issuer);
  const repair = link.accountRepair(projectLimitsDigest(policy));
  // As with keys, of what replaces an invocation nothing may ever change.
  const invocation = new LambdaInvocation(issuer, "account", {
    functionName: issuer.controllerName,
    lifecycleScope: "CRUD",
    input: `{"account":${literal(JSON.stringify(policy))},"repair":${repair}}`,
  });
  pin(invocation, [issuer.prefix], "account");
  invocation.dependsOn = [...link.dependencies];
}

function checkedPolicy(
  issuer: KeyIssuer,
  property: string,
  { models, rateLimits, spend }: ProjectLimitsProps,
): ProjectLimits {
  const { id, displayName } = issuer._vendor;
  const literals = [
    models,
    ...(models ?? []),
    rateLimits,
    ...(rateLimits ?? []).flatMap((rate) => Object.values(rate)),
  ];
  if ([...literals, spend?._usd].some(isToken)) throw errors.tokenNotAllowed(issuer, property);
  if (spend !== undefined && spend._per !== "month") {
    throw errors.spendPeriodNotKnown(issuer, displayName, `${property}.spend`, spend._per, ["month"]);
  }
  const parsed = v.safeParse(projectLimitsSchema, {
    vendor: id,
    ...defined({ models, rates: rateLimits }),
    ...(spend === undefined ? {} : { spendUsdPerMonth: spend._usd }),
  });
  if (parsed.success) return canonicalProjectLimits(parsed.output);
  const [issue] = parsed.issues;
  const field = v
    .getDotPath(issue)
    ?.replace(/^rates/, "rateLimits")
    .replace(/^spendUsdPerMonth/, "spend");
  throw errors.malformedGrant(issuer, [property, field].filter(Boolean).join("."), issue.received, issue.message);
}

function checkOnce(issuer: KeyIssuer, account: string): void {
  for (const other of issuer.node.root.node.findAll()) {
    if (!(other instanceof KeyIssuer) || other === issuer) continue;
    if (other._vendor.id === issuer._vendor.id && other._account === account) {
      throw errors.accountDeclaredTwice(issuer, account, other.node.path);
    }
  }
  issuer._account = account;
}
