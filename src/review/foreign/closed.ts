import { isOpen } from "../../iam";
import { type Attributes, text } from "../attributes";

/**
 * Services that give rights, hold them back, or make resources that Terraform does not show: of a
 * type of theirs that this release does not know nobody can tell what it does to keys, whatever it
 * names.
 */
const CLOSED: ReadonlySet<string> = new Set([
  "iam",
  "rolesanywhere",
  "ssoadmin",
  "sso",
  "identitystore",
  "organizations",
  "controltower",
  "account",
  "ram",
  "kms",
  "secretsmanager",
  "lambda",
  "cloudformation",
  "cloudcontrolapi",
  "servicecatalog",
  "servicecatalogappregistry",
  "proton",
]);

/** Types of these services that give nobody any right, nor take a guard away, by what they are. */
const HARMLESS: ReadonlySet<string> = new Set([
  "aws_iam_account_alias",
  "aws_iam_group",
  "aws_iam_server_certificate",
  "aws_iam_service_linked_role",
  "aws_iam_virtual_mfa_device",
  "aws_kms_ciphertext",
  "aws_lambda_code_signing_config",
  "aws_lambda_layer_version",
  "aws_lambda_layer_version_permission",
  "aws_identitystore_user",
  "aws_account_alternate_contact",
  "aws_account_primary_contact",
]);

/** Services whose resources hold others back: where one goes, somebody may do more. */
const GUARDING = /^aws_(?:organizations|controltower)_|^aws_iam_(?:account_password_policy|organizations_features)$/;

export type Closed = "unknown" | "guards";

/**
 * What nobody can tell of a resource since of its type nothing is known; undefined where it is of a
 * service that gives no rights, and is then judged by what it names.
 */
export function closedOf(type: string, body: Attributes): Closed | undefined {
  if (HARMLESS.has(type)) return undefined;
  if (GUARDING.test(type)) return "guards";
  const [, provider, service = ""] = /^(aws|awscc)_([a-z0-9]+)_/.exec(type) ?? [];
  if (provider === undefined) return undefined;
  if (type === "aws_cloudcontrolapi_resource") {
    const named = text(body, "type_name") ?? "";
    const [, of] = /^AWS::(\w+)::\w+$/.exec(named) ?? [];
    return of === undefined || isOpen(named) || CLOSED.has(of.toLowerCase()) ? "unknown" : undefined;
  }
  return CLOSED.has(service) ? "unknown" : undefined;
}
