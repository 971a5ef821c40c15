import type { IamAccount, PolicyOwner } from "./account";
import { IamError } from "./error";

/**
 * Quotas of IAM that hold everywhere:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */

/** Characters of all inline policies of one owner together; whitespace is not counted. */
const INLINE_MAX: Readonly<Record<PolicyOwner, number>> = { Role: 10_240, User: 2_048, Group: 5_120 };
const MANAGED_MAX = 6_144;
const TRUST_MAX = 2_048;
/** Managed policies of one owner, where nobody has asked for more. */
const ATTACHED_MAX = 10;

const LENGTHS: Readonly<Record<string, number>> = {
  RoleName: 64,
  UserName: 64,
  GroupName: 128,
  PolicyName: 128,
  InstanceProfileName: 128,
  Description: 1_000,
  Path: 512,
};

type Form = Readonly<Record<string, string>>;

/** @throws IamError for what IAM refuses by its size, before anything is done */
export async function checkLimits(account: IamAccount, action: string, form: Form): Promise<void> {
  for (const [name, max] of Object.entries(LENGTHS)) {
    if ((form[name]?.length ?? 0) > max) throw tooLong(name, max);
  }
  const [, put] = /^Put(Role|User|Group)Policy$/.exec(action) ?? [];
  if (isOwner(put)) await checkInline(account, put, form);
  const [, attach] = /^Attach(Role|User|Group)Policy$/.exec(action) ?? [];
  if (isOwner(attach)) await checkAttached(account, attach, form);
  if (action === "CreatePolicy" || action === "CreatePolicyVersion") {
    checkSize(form["PolicyDocument"], MANAGED_MAX, `Cannot exceed quota for PolicySize: ${MANAGED_MAX}`);
  }
  const trust = action === "CreateRole" ? "AssumeRolePolicyDocument" : "PolicyDocument";
  if (action === "CreateRole" || action === "UpdateAssumeRolePolicy") {
    checkSize(form[trust], TRUST_MAX, `Cannot exceed quota for ACLSizePerRole: ${TRUST_MAX}`);
  }
}

async function checkInline(account: IamAccount, of: PolicyOwner, form: Form): Promise<void> {
  const { PolicyName = "", PolicyDocument = "", [`${of}Name`]: name = "" } = form;
  const policies = (await account.inlinePolicies(of, name)).set(PolicyName, PolicyDocument);
  const max = INLINE_MAX[of];
  const words = `Maximum policy size of ${max} bytes exceeded for ${of.toLowerCase()} ${name}`;
  checkSize([...policies.values()].join(""), max, words);
}

async function checkAttached(account: IamAccount, of: PolicyOwner, form: Form): Promise<void> {
  const { PolicyArn = "", [`${of}Name`]: name = "" } = form;
  const attached = await account.attachedPolicies(of, name);
  if (attached.includes(PolicyArn) || attached.length < ATTACHED_MAX) return;
  throw new IamError(409, "LimitExceeded", `Cannot exceed quota for PoliciesPer${of}: ${ATTACHED_MAX}`);
}

function checkSize(document: string | undefined, max: number, words: string): void {
  if ((document ?? "").replace(/\s/g, "").length > max) throw new IamError(409, "LimitExceeded", words);
}

function tooLong(name: string, max: number): IamError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const words = `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${max}`;
  return new IamError(400, "ValidationError", words);
}

function isOwner(text: string | undefined): text is PolicyOwner {
  return text === "Role" || text === "User" || text === "Group";
}
