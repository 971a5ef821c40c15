/** moto's account; every ARN of the sandbox carries it. */
export const ACCOUNT_ID = "123456789012";
export const REGION = "us-east-1";
