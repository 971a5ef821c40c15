import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { adminSecretUnreadable } from "./errors";

/** The admin key. Throws SK344. */
export async function secretText(client: SecretsManagerClient, id: string): Promise<string> {
  let text: string | undefined;
  try {
    text = (await client.send(new GetSecretValueCommand({ SecretId: id }))).SecretString?.trim();
  } catch (error) {
    throw adminSecretUnreadable(nameOf(error), error);
  }
  if (text === undefined || text === "") throw adminSecretUnreadable("it is empty", undefined);
  return text;
}

/** What AWS's messages say beside may quote what was sent. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
