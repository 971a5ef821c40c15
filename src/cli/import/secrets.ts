import {
  GetSecretValueCommand,
  ListSecretsCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { defined } from "../../model/defined";
import { mapConcurrent } from "../../model/map-concurrent";
import { issuerPrefix } from "../../model/names";
import { isoSeconds } from "../../model/units";
import { issuerOf } from "../../secrets/aws-secret-store";
import { secretsNotListed } from "./errors";
import type { FoundSecret, Inventory } from "./inventory";
import { type Likeness, likenessesIn, spokenOf } from "./likeness";
import { plain } from "./plain";
import { nameOf } from "./secret-text";

const READS_AT_ONCE = 4;

export interface SecretsQuestion {
  /** Reads each value, in memory alone. */
  readonly lookInside: boolean;
  /** Name or ARN of secrets that are known for what they are. */
  readonly except: readonly string[];
}

/** Secrets of the account and region that look like a key of an AI vendor, by name. */
export async function listSecrets(
  client: SecretsManagerClient,
  { lookInside, except }: SecretsQuestion,
): Promise<Pick<Inventory, "secrets" | "unread">> {
  const everything = (await entries(client)).filter(
    ({ Name = "", ARN = "" }) => !except.includes(Name) && !except.includes(ARN),
  );
  const all = everything.filter(({ OwningService }) => OwningService === undefined);
  const secrets: FoundSecret[] = [];
  const unread = everything.flatMap(({ Name = "", OwningService }) =>
    OwningService === undefined || !lookInside
      ? []
      : [{ name: plain(Name), reason: `it is managed by ${plain(OwningService)}` }],
  );
  await mapConcurrent(all, READS_AT_ONCE, async (entry) => {
    const likenesses = outside(entry);
    if (lookInside) {
      try {
        const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: entry.ARN }));
        const read = likenessesIn(SecretString ?? SecretBinary, writtenOn(entry));
        likenesses.push(...read.likenesses);
        unread.push(...read.unread.map((reason) => ({ name: plain(entry.Name ?? ""), reason })));
      } catch (error) {
        unread.push({ name: plain(entry.Name ?? ""), reason: nameOf(error) });
      }
    }
    if (likenesses.length > 0) secrets.push(found(entry, likenesses));
  });
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
  return { secrets: secrets.sort(byName), unread: unread.sort(byName) };
}

async function entries(client: SecretsManagerClient): Promise<SecretListEntry[]> {
  const all: SecretListEntry[] = [];
  let NextToken: string | undefined;
  try {
    do {
      const page = await client.send(new ListSecretsCommand({ MaxResults: 100, ...defined({ NextToken }) }));
      all.push(...(page.SecretList ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  } catch (error) {
    throw secretsNotListed(nameOf(error), error);
  }
  return all;
}

function outside({ Name = "", Description = "", Tags = [] }: SecretListEntry): Likeness[] {
  const texts: Array<[because: string, text: string]> = [
    ["name", Name],
    ["description", Description],
    ...Tags.map(({ Key = "", Value = "" }): [string, string] => [`tag ${plain(Key)}`, `${Key} ${Value}`]),
  ];
  return texts.flatMap(([because, text]) => {
    const { any, vendors, notToldFrom } = spokenOf(text);
    return any ? [{ because, vendors, notToldFrom }] : [];
  });
}

function writtenOn({ Name = "", Description = "", Tags = [] }: SecretListEntry): string[] {
  return [Name, Description, ...Tags.map(({ Key = "", Value = "" }) => `${Key} ${Value}`)];
}

function found(entry: SecretListEntry, likenesses: readonly Likeness[]): FoundSecret {
  const { Name = "", ARN = "", Description, CreatedDate, LastChangedDate, LastAccessedDate, KmsKeyId } = entry;
  // What is inside says more than what is written on it.
  const certain = likenesses.filter(({ because }) => because === "value" || because.startsWith("field "));
  const counted = certain.some(({ vendors }) => vendors.length > 0) ? certain : likenesses;
  const time = (name: string, date: Date | undefined) =>
    date === undefined ? {} : { [name]: isoSeconds(date.getTime() / 1_000) };
  return {
    name: plain(Name),
    arn: plain(ARN),
    ...(Description === undefined || Description === "" ? {} : { description: plain(Description) }),
    because: [...new Set(likenesses.map(({ because }) => plain(because)))],
    vendors: [...new Set(counted.flatMap(({ vendors }) => vendors))],
    // One sign that tells for certain is enough.
    notToldFrom: counted.some(({ vendors, notToldFrom }) => vendors.length > 0 && notToldFrom.length === 0)
      ? []
      : [...new Set(counted.flatMap(({ notToldFrom }) => notToldFrom))],
    ...time("createdAt", CreatedDate),
    ...time("changedAt", LastChangedDate),
    ...time("readAt", LastAccessedDate),
    ...(KmsKeyId === undefined ? {} : { kmsKeyId: plain(KmsKeyId) }),
    tags: (entry.Tags ?? []).map(({ Key = "", Value = "" }) => ({ name: plain(Key), value: plain(Value) })),
    rotates: entry.RotationEnabled === true,
    declared: issuerOf(entry.Tags).issuer === issuerPrefix(Name) && Name.includes("/"),
  };
}
