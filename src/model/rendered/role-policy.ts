import { issuerBase, ledgerTableName } from "../names";
import { bedrockStatements, controllerPolicy, observerPolicy, type Places, type Statement } from "../policies";
import { canonicalDocument, statementsIn } from "./documents";
import { type About, isText, placesOf } from "./rule";

/**
 * `controllerPolicy` and `observerPolicy` of `src/model/policies.ts` for what the function is told,
 * and nothing beside it.
 */
export function isRolePolicy(value: unknown, about: About): boolean {
  const given = placed(value, about);
  const text = canonicalDocument(given);
  if (text === undefined) return false;
  const { adminSecrets, inVpc, vendor, boundaries, users } = about.functionOf(about.role);
  const here = placesOf(about);
  const { prefix, role } = about;
  const name = `${issuerBase(prefix)}${role}`;
  const secrets = adminSecrets.length === 0 ? [undefined] : adminSecrets.map((each) => adminSecretArn(each, here));
  const vendors: Array<readonly Statement[]> =
    vendor === "bedrock"
      ? boundaries.flatMap((boundary) => users.map((each) => bedrockStatements(role, { here, prefix }, boundary, each)))
      : [[]];
  return secrets.some((adminSecretArn) =>
    vendors.some((ofVendor) => {
      const document = (role === "controller" ? controllerPolicy : observerPolicy)({
        here,
        prefix,
        ledgerTable: ledgerTableName(prefix),
        logGroup: `/aws/lambda/${name}`,
        adminSecretArn,
        adminKmsKeyArn: adminSecretArn === undefined ? undefined : adminKmsKey(given, adminSecretArn),
        inVpc,
        ofVendor,
      });
      return text === canonicalDocument(document);
    }),
  );
}

const REFERENCE = /^\$\{(?:data\.)?aws_\w+\.[\w-]+\.(?:arn|id)\}$/;
const SECRET_ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/;
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
const KMS_KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

/** Whether a text names one secret, and no other. */
export function isOneSecret(value: unknown): value is string {
  return typeof value === "string" && [REFERENCE, SECRET_ARN, SECRET_NAME].some((form) => form.test(value));
}

function adminSecretArn(secret: string, here: Places): string {
  return SECRET_NAME.test(secret) ? here.arn("secretsmanager", `secret:${secret}-??????`) : secret;
}

/**
 * It stands nowhere else: that it is one key, used for that secret alone, is all that can be said
 * of it.
 */
function adminKmsKey(document: unknown, adminSecretArn: string): string | undefined {
  for (const { Action, Resource, Condition } of statementsIn(document)) {
    if (Action !== "kms:Decrypt" || Condition?.StringLike?.["kms:EncryptionContext:SecretARN"] !== adminSecretArn)
      continue;
    if (isText(Resource) && (KMS_KEY_ARN.test(Resource) || REFERENCE.test(Resource))) return Resource;
  }
  return undefined;
}

const OWN_DATA =
  /\$\{data\.aws_(?:(partition)\.scoped-keys_\w+\.partition|(region)\.scoped-keys_\w+\.id|(caller_identity)\.scoped-keys_\w+\.account_id)\}/g;

/** Where a plan quotes what is written, the library's own data sources stand for what is known. */
function placed(value: unknown, { here }: About): unknown {
  if (typeof value !== "string") return value;
  return value.replace(OWN_DATA, (_, partition, region) =>
    partition !== undefined ? here.partition : region !== undefined ? here.region : here.account,
  );
}
