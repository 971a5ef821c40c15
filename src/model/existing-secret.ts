import { ISSUER_TAG } from "./names";

/**
 * Terraform text: id of the `import` of a secret that becomes a key's. Of a secret that is a key's
 * already, in whichever state, it is the refusal: no secret has such a name, so the plan fails.
 * Terraform imports nothing that is in the state, and then the id says nothing.
 * @param secret address of a `data.aws_secretsmanager_secret`
 */
export function importIdOf(arn: string, secret: string, refusal: string): string {
  return `\${contains(keys(${secret}.tags), "${ISSUER_TAG}") ? ${JSON.stringify(refusal)} : "${arn}"}`;
}

const IMPORT_ID = new RegExp(
  `^\\$\\{contains\\(keys\\((data\\.aws_secretsmanager_secret\\.[\\w-]+)\\.tags\\), "${ISSUER_TAG}"\\) \\? "(?:[^"\\\\$%]|\\\\[n"])*" : "(arn:[^"$%]*)"\\}$`,
);

/** What `importIdOf` was made of; undefined for another text. */
export function readImportId(id: string): { readonly arn: string; readonly secret: string } | undefined {
  const [, secret, arn] = IMPORT_ID.exec(id) ?? [];
  return secret === undefined || arn === undefined ? undefined : { secret, arn };
}
