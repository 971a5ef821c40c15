/** An answer that is an error, in Lambda's words. https://docs.aws.amazon.com/lambda/latest/api/ */
export class LambdaError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export function functionNotFound(arn: string): LambdaError {
  return new LambdaError(404, "ResourceNotFoundException", `Function not found: ${arn}`);
}

export function unreachable(region: string, here: string): LambdaError {
  const words = `Functions from '${region}' are not reachable in this region ('${here}')`;
  return new LambdaError(404, "ResourceNotFoundException", words);
}

export function invalidParameter(message: string): LambdaError {
  return new LambdaError(400, "InvalidParameterValueException", message);
}

/** What AWS has and the sandbox has not: said clearly, and with a status that no SDK re-sends. */
export function notImplemented(what: string): LambdaError {
  return new LambdaError(400, "UnknownOperationException", `The sandbox does not implement ${what}.`);
}
