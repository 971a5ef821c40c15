/**
 * An answer with an error, in Secrets Manager's names and, where AWS's wording is known, in its
 * words.
 */
export class SecretsManagerError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = "SecretsManagerError";
  }
}

export const invalidAction = (operation: string) =>
  new SecretsManagerError("InvalidAction", `The sandbox's Secrets Manager does not know the operation ${operation}.`);

export const validation = (message: string) => new SecretsManagerError("ValidationException", message);

export const invalidParameter = (message: string) => new SecretsManagerError("InvalidParameterException", message);

export const invalidRequest = (message: string) => new SecretsManagerError("InvalidRequestException", message);

export const invalidNextToken = () =>
  new SecretsManagerError("InvalidNextTokenException", "The NextToken value is invalid.");

export const limitExceeded = (message: string) => new SecretsManagerError("LimitExceededException", message);

export const invalidName = () =>
  validation(
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );

const NO_TOKEN = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
/** SDKs and the AWS CLI make one up; who writes requests by hand has to. */
export const noToken = () => invalidRequest(NO_TOKEN);
export const noRotationToken = () => invalidParameter(NO_TOKEN);

export const notOnReplica = () =>
  invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region.");

export const stillReplicated = (arn: string, regions: readonly string[]) =>
  invalidParameter(`You can't delete secret ${arn} that still has replica regions [${regions.join(", ")}].`);

export const secretNotFound = () =>
  new SecretsManagerError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

export const valueNotFound = (by: string, id: string) =>
  new SecretsManagerError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${by}: ${id}`,
  );

export const versionNotFound = (versionId: string) =>
  new SecretsManagerError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret version: ${versionId}`,
  );

export const secretExists = (name: string) =>
  new SecretsManagerError("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);

export const tokenInUse = (token: string, arn: string) =>
  new SecretsManagerError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");

export const nameScheduledForDeletion = () =>
  invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.");

export const rotationNotComplete = () =>
  invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");

export const noRotationFunction = () =>
  invalidRequest("No Lambda rotation function ARN is associated with this secret.");

export const cannotInvoke = () =>
  new SecretsManagerError(
    "AccessDeniedException",
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
  );

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors
 */
export const decryptionFailed = () =>
  new SecretsManagerError(
    "DecryptionFailure",
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  );

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html#API_PutSecretValue_Errors
 */
export const encryptionFailed = () =>
  new SecretsManagerError(
    "EncryptionFailure",
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.",
  );

export const malformedPolicy = (message: string) =>
  new SecretsManagerError("MalformedPolicyDocumentException", message);

export const publicPolicy = () =>
  new SecretsManagerError(
    "PublicPolicyException",
    "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret.",
  );
