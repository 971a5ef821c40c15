import {
  DescribeSecretCommand,
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { SecretState } from "../../engine/ports";
import { defined } from "../../model/defined";
import type { ScheduledDeletion } from "../../model/scheduled-deletion";
import { deletionOf, encryptionOf, issuerOf } from "../../secrets/aws-secret-store";

/** Of one secret, all that is worth knowing of it without its value. */
export interface SecretFacts extends SecretState {
  readonly name: string;
  readonly description: string;
  readonly rotationLambdaArn?: string;
  /** Unix seconds at which the next rotation is done at the latest, as Secrets Manager says. */
  readonly nextRotationAt?: number;
  /** Unix seconds of the day on which a value of it was last read. */
  readonly lastReadAt?: number;
}

const PAGE_SIZE = 100;

/** All pages. @param prefix of an issuer; every secret of the region without it */
export async function listSecrets(
  client: SecretsManagerClient,
  prefix: string | undefined,
  progress: (count: number) => void,
  signal?: AbortSignal,
): Promise<SecretFacts[]> {
  const found: SecretFacts[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new ListSecretsCommand({
        MaxResults: PAGE_SIZE,
        ...(prefix === undefined ? {} : { Filters: [{ Key: "name", Values: [`${prefix}/`] }] }),
        ...defined({ NextToken }),
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    found.push(...(page.SecretList ?? []).map((entry) => facts(entry, entry.SecretVersionsToStages)));
    progress(found.length);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** Undefined where it does not exist or is scheduled for deletion. */
export async function describeSecret(
  client: SecretsManagerClient,
  name: string,
  signal?: AbortSignal,
): Promise<SecretFacts | undefined> {
  try {
    const secret = await client.send(
      new DescribeSecretCommand({ SecretId: name }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return secret.DeletedDate === undefined ? facts(secret, secret.VersionIdsToStages) : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

/** Of one that `describeSecret` does not know. Throws what AWS answers, but that there is none. */
export async function scheduledDeletion(
  client: SecretsManagerClient,
  name: string,
  signal: AbortSignal,
): Promise<ScheduledDeletion | undefined> {
  try {
    return deletionOf(await client.send(new DescribeSecretCommand({ SecretId: name }), { abortSignal: signal }));
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

function facts(entry: SecretListEntry, versions: Record<string, string[]> | undefined): SecretFacts {
  const { Name, ARN, Description, RotationEnabled, RotationLambdaARN, NextRotationDate, LastAccessedDate } = entry;
  return {
    name: Name ?? "",
    arn: ARN ?? "",
    description: Description ?? "",
    rotationEnabled: RotationEnabled ?? false,
    ...issuerOf(entry.Tags),
    ...encryptionOf(entry),
    versions: Object.assign(Object.create(null), versions),
    ...defined({ rotationLambdaArn: RotationLambdaARN }),
    ...(NextRotationDate === undefined ? {} : { nextRotationAt: seconds(NextRotationDate) }),
    ...(LastAccessedDate === undefined ? {} : { lastReadAt: seconds(LastAccessedDate) }),
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/**
 * What the library writes into the description of each key's secret. Others can write it too: it
 * makes no secret a key's.
 */
const DESCRIBED = / Owner: (\S+)\. (?:.* )?(Expires after|Rotates every|Due for rotation by a person every) /;

export interface Described {
  readonly owner: string;
  readonly rotation: "none" | "by_itself" | "manual";
}

/** Undefined where the description is not the library's. */
export function described(description: string): Described | undefined {
  const [, owner, life] = DESCRIBED.exec(description) ?? [];
  if (owner === undefined) return undefined;
  return { owner, rotation: life === "Rotates every" ? "by_itself" : life === "Expires after" ? "none" : "manual" };
}

/**
 * Whether a secret is a key's of the issuer: its tag says so, which its own policy lets nobody
 * change.
 */
export function isKeySecret(prefix: string, { issuer }: SecretFacts): boolean {
  return issuer !== undefined && issuer === prefix;
}
