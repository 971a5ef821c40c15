import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ENCRYPTION_FINE } from "../../engine/integrity/encryption";
import type { ServerClock } from "../../engine/middleware/server-clock";
import type { KmsKeys, LedgerList, SecretStore } from "../../engine/ports";
import { type Reading, readDeletions, readEncryptions } from "../../engine/reading";
import { DynamoLedger } from "../../ledger/dynamo-ledger";
import type { Table } from "../../ledger/table";
import type { ObserveResult } from "../../model/events";
import { policyDigest } from "../../model/key-policy";
import { mapConcurrent } from "../../model/map-concurrent";
import { ledgerTableName, secretName } from "../../model/names";
import { refusal } from "../evidence";
import { keyOfName } from "../operator-commands/key-address";
import { type KeyStatus, keyStatus } from "./key-status";
import type { Look } from "./look";
import { describeSecret, isKeySecret, listSecrets, type SecretFacts, scheduledDeletion } from "./secrets";

/** Secrets Manager answers thousands of these a second. */
const SECRET_READS_AT_ONCE = 25;

export interface Sources {
  readonly secrets: SecretsManagerClient;
  readonly table: (name: string) => Table;
  readonly kmsKeys: KmsKeys;
  /** Learns the servers' time from the two above. */
  readonly clock: ServerClock;
  /** Asks an issuer's observer; undefined where that is not wanted. */
  readonly observe?: (issuer: string, event: object) => Promise<ObserveResult>;
  /** Bounds and tells what is waited for. */
  readonly look: Look;
}

export interface Wanted {
  /** Prefixes; without any, those that secrets are found for. */
  readonly issuers: readonly string[];
  /** Names of ledger tables; without any, what follows from each prefix. */
  readonly tables: readonly string[];
}

export interface Inventory {
  readonly keys: readonly KeyStatus[];
  /** Issuers whose ledger could be read. */
  readonly readable: readonly string[];
  /** Why the list may lack keys, in words. */
  readonly gaps: readonly string[];
}

type Secrets = Reading<ReadonlyMap<string, SecretFacts>>;

/**
 * Everything that these rights let be known, and what they do not. Writes nothing; never throws for
 * a missing right.
 */
export async function takeInventory(sources: Sources, wanted: Wanted): Promise<Inventory> {
  const listed = await readSecrets(sources, wanted.issuers);
  const issuers = wanted.issuers.length > 0 ? wanted.issuers : issuersAmong(listed);
  const gaps = "failed" in listed && wanted.issuers.length === 0 ? [listed.failed] : [];
  const taken = await Promise.all(issuers.map((issuer) => ofIssuer(sources, issuer, wanted, listed)));
  const named = wanted.issuers.length > 0;
  return {
    keys: taken.flatMap(({ keys }) => keys).sort((a, b) => (a.name < b.name ? -1 : 1)),
    readable: taken.flatMap(({ issuer, ledger }) => ("value" in ledger ? [issuer] : [])),
    gaps: [
      ...gaps,
      // Of an issuer that nothing was found of it is only known that it was asked for.
      ...taken.flatMap(({ issuer, ledger, keys }) =>
        "failed" in ledger && (named || keys.length > 0) ? [`${issuer}: ${ledger.failed}`] : [],
      ),
      ...("failed" in listed && named ? [listed.failed] : []),
    ],
  };
}

/** By their names. */
async function readSecrets({ secrets, look }: Sources, issuers: readonly string[]): Promise<Secrets> {
  const [only] = issuers;
  const prefix = issuers.length === 1 ? only : undefined;
  try {
    const found = await look.wait("reading secrets", (tell) =>
      listSecrets(secrets, prefix, (count) => tell(`reading secrets: ${count}`), look.signal),
    );
    return { value: new Map(found.map((secret) => [secret.name, secret])) };
  } catch (error) {
    return { failed: refusal("secretsmanager:ListSecrets", error) };
  }
}

function issuersAmong(listed: Secrets): string[] {
  if ("failed" in listed) return [];
  const prefixes = [...listed.value.values()].flatMap((secret) => {
    const prefix = keyOfName(secret.name)?.prefix;
    return prefix !== undefined && isKeySecret(prefix, secret) ? [prefix] : [];
  });
  return [...new Set(prefixes)];
}

interface IssuerInventory {
  readonly issuer: string;
  readonly ledger: Reading<LedgerList>;
  readonly keys: readonly KeyStatus[];
}

async function ofIssuer(sources: Sources, issuer: string, wanted: Wanted, listed: Secrets): Promise<IssuerInventory> {
  const { clock } = sources;
  const ledger = await readLedger(sources, issuer, wanted.tables);
  const records = new Map<string, Reading<LedgerList["records"][number] | Error | undefined>>();
  if ("value" in ledger) {
    for (const record of ledger.value.records) records.set(record.key, { value: record });
    for (const [key, error] of ledger.value.unreadable) records.set(key, { value: error });
  }
  const recorded = new Set(records.keys());
  const known = new Set(recorded);
  for (const [name, secret] of "value" in listed ? listed.value : []) {
    const address = keyOfName(name);
    if (address?.prefix === issuer && isKeySecret(issuer, secret)) known.add(address.key);
  }
  const secrets = await secretsOf(sources, issuer, [...known], listed);
  const encryption = await readEncryptions({ kmsKeys: boundedKmsKeys(sources) }, secrets);
  const deletions = await readDeletions({ prefix: issuer, secrets: boundedSecrets(sources) }, secrets);
  const observed = await observe(sources, issuer, ledger);
  const now = Math.floor(clock.now() / 1_000);
  return {
    issuer,
    ledger,
    keys: [...known].map((key) =>
      keyStatus({
        issuer,
        key,
        record: "failed" in ledger ? ledger : (records.get(key) ?? { value: undefined }),
        secret: secrets.get(key) ?? { failed: "the secret was not read" },
        encryption: encryption.get(key) ?? ENCRYPTION_FINE,
        deletion: deletions.get(key),
        observed: observed === undefined ? undefined : "failed" in observed ? observed : ofKey(observed.value, key),
        now,
      }),
    ),
  };
}

function boundedKmsKeys({ kmsKeys, look }: Sources): KmsKeys {
  return {
    describe: (key, region) => look.wait("reading the state of KMS keys", () => kmsKeys.describe(key, region)),
  };
}

function boundedSecrets({ secrets, look }: Sources): Pick<SecretStore, "scheduledDeletion"> {
  return {
    scheduledDeletion: (name) =>
      look.wait(`reading the secret ${name}`, () => scheduledDeletion(secrets, name, look.signal)),
  };
}

/** Those that are named; else the one that follows from the prefix. */
export function ledgerTables(issuer: string, tables: readonly string[]): readonly string[] {
  return tables.length > 0 ? tables : [ledgerTableName(issuer)];
}

/**
 * The first table that knows something of the issuer; tables of other stacks hold nothing under its
 * prefix.
 */
async function readLedger(
  { table, clock, look }: Sources,
  issuer: string,
  tables: readonly string[],
): Promise<Reading<LedgerList>> {
  const names = ledgerTables(issuer, tables);
  const failures: string[] = [];
  let empty: LedgerList | undefined;
  for (const name of names) {
    try {
      const list = await look.wait(`reading the ledger of ${issuer}`, () =>
        new DynamoLedger(table(name), issuer, clock, "status").list(),
      );
      if (list.records.length > 0 || list.unreadable.size > 0) return { value: list };
      empty = list;
    } catch (error) {
      const missing = error instanceof Error && error.name === "ResourceNotFoundException";
      failures.push(
        missing
          ? `there is no table ${name}; --table names another`
          : refusal(`dynamodb:Query on table ${name}`, error),
      );
    }
  }
  // An empty answer of one table says nothing of another that could not be read.
  return failures.length > 0 || empty === undefined
    ? { failed: `the ledger could not be read: ${failures.join("; ")}` }
    : { value: empty };
}

/** From the list where there is one; else each by itself. */
async function secretsOf(
  { secrets: client, look }: Sources,
  issuer: string,
  keys: readonly string[],
  listed: Secrets,
): Promise<Map<string, Reading<SecretFacts | undefined>>> {
  const states = new Map<string, Reading<SecretFacts | undefined>>();
  if ("value" in listed) {
    for (const key of keys) states.set(key, { value: listed.value.get(secretName(issuer, key)) });
    return states;
  }
  await mapConcurrent(keys, SECRET_READS_AT_ONCE, async (key) => {
    try {
      const name = secretName(issuer, key);
      const secret = await look.wait(`reading secrets of ${issuer}: ${states.size} of ${keys.length}`, () =>
        describeSecret(client, name, look.signal),
      );
      states.set(key, { value: secret });
    } catch (error) {
      states.set(key, { failed: `the secret could not be read: ${refusal("secretsmanager:DescribeSecret", error)}` });
    }
  });
  return states;
}

/**
 * Of the policies that were last applied; undefined where nobody wants to know, or nothing was
 * applied.
 */
async function observe(
  { observe, look }: Sources,
  issuer: string,
  ledger: Reading<LedgerList>,
): Promise<Reading<{ result: ObserveResult; asked: ReadonlySet<string> }> | undefined> {
  if (observe === undefined || "failed" in ledger) return undefined;
  const policies = ledger.value.records.flatMap(({ key, policy }) =>
    policy === undefined ? [] : [[key, policyDigest(policy)] as const],
  );
  if (policies.length === 0) return undefined;
  try {
    const result = await look.wait(`asking the vendor of ${issuer}`, () =>
      observe(issuer, { action: "observe", keys: Object.fromEntries(policies) }),
    );
    return { value: { result, asked: new Set(policies.map(([key]) => key)) } };
  } catch (error) {
    return { failed: `the vendor could not be asked: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function ofKey({ result, asked }: { result: ObserveResult; asked: ReadonlySet<string> }, key: string) {
  return asked.has(key) ? { value: result[key] } : undefined;
}
