import { publicPolicy, SecretsManagerError } from "../errors";
import { operation } from "../operation";
import { isPublic, parsePolicy } from "../policy";
import { schemas } from "../schemas";
import { identity } from "../wire";

export const getResourcePolicy = operation(schemas.SecretOnly, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  return { ...identity(secret), ResourcePolicy: secret.policy };
});

export const putResourcePolicy = operation(schemas.PutResourcePolicy, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  const policy = parsePolicy(input.ResourcePolicy);
  if (input.BlockPublicPolicy && isPublic(policy)) throw publicPolicy();
  secret.policy = input.ResourcePolicy;
  secret.changedAt = context.clock.now();
  return identity(secret);
});

export const deleteResourcePolicy = operation(schemas.SecretOnly, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  secret.policy = undefined;
  secret.changedAt = context.clock.now();
  return identity(secret);
});

export const validateResourcePolicy = operation(schemas.ValidateResourcePolicy, (context, input) => {
  if (input.SecretId !== undefined) context.store.active(input.SecretId);
  const errors: Array<{ CheckName: string; ErrorMessage: string }> = [];
  try {
    if (isPublic(parsePolicy(input.ResourcePolicy))) {
      errors.push({ CheckName: "PUBLIC_POLICY", ErrorMessage: publicPolicy().message });
    }
  } catch (error) {
    if (!(error instanceof SecretsManagerError)) throw error;
    errors.push({ CheckName: "POLICY_SYNTAX", ErrorMessage: error.message });
  }
  return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors };
});
