import { cannotInvoke, invalidRequest, noRotationFunction, noRotationToken, tokenInUse } from "../errors";
import { operation } from "../operation";
import { parseSchedule } from "../schedule";
import { schemas } from "../schemas";
import { AWSCURRENT } from "../versions";
import { identity } from "../wire";

export const rotateSecret = operation(schemas.RotateSecret, (context, input) => {
  const token = input.ClientRequestToken;
  if (token === undefined) throw noRotationToken();
  const secret = context.store.primary(input.SecretId);
  const functionArn = input.RotationLambdaARN ?? secret.rotation?.functionArn;
  if (functionArn === undefined) throw noRotationFunction();
  const rules = input.RotationRules ?? secret.rotation?.rules;
  const schedule = rules === undefined ? undefined : parseSchedule(rules);
  if (!context.mayInvoke(functionArn, secret.arn)) throw cannotInvoke();
  const answer = { ...identity(secret), VersionId: token };
  const version = secret.versions.get(token);
  const progress = secret.rotation?.progress;
  // The same token again is the same request again: its rotation runs or has succeeded.
  if (version?.labels.has(AWSCURRENT) || (progress?.running && progress.token === token)) return answer;
  context.rotations.refuseWhileIncomplete(secret);
  if (version !== undefined) throw tokenInUse(token, secret.arn);
  context.rotations.order(secret, {
    token,
    functionArn,
    rules,
    schedule,
    immediately: input.RotateImmediately ?? true,
  });
  return answer;
});

export const cancelRotateSecret = operation(schemas.SecretOnly, (context, input) => {
  const secret = context.store.primary(input.SecretId);
  if (secret.rotation === undefined) throw invalidRequest("Rotation was never configured for this secret.");
  return { ...identity(secret), VersionId: context.rotations.cancel(secret) };
});
