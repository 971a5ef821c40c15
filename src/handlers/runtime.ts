import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { Effects } from "../engine/history/effects";
import { ownLedger, ownSecrets } from "../engine/middleware/own-deployment";
import { redactingAdapter } from "../engine/middleware/redacting";
import { retryingAdapter } from "../engine/middleware/retrying";
import { ServerClock } from "../engine/middleware/server-clock";
import type { Deadline, Engine } from "../engine/ports";
import { ledgerKeyIndex } from "../engine/vendor-keys/ledger-key-index";
import { allowedFetch } from "../http/allowed-fetch";
import { DynamoLedger } from "../ledger/dynamo-ledger";
import { Table } from "../ledger/table";
import type { Attribution } from "../model/attribution";
import { ENVIRONMENT, type Environment, environmentSchema } from "../model/environment";
import { adminKeyMissing, badConfiguration } from "../model/errors";
import { deploymentName, lineageOf } from "../model/names";
import { cleaned, redact, withoutValues } from "../model/redact";
import { timeLimit } from "../model/time-limit";
import { VendorError } from "../model/vendor-error";
import { LedgerRateLimiter, type ReportPause } from "../rate-limit/ledger-rate-limiter";
import { UrgentRateLimiter } from "../rate-limit/urgent-rate-limiter";
import { AwsKmsKeys } from "../secrets/aws-kms-keys";
import { AwsSecretStore } from "../secrets/aws-secret-store";
import { dataUrlOf } from "../vendors/data-url";
import type { Vendor } from "../vendors/vendor";
import { FIRST_MINUTES, FirstMinutes } from "./first-minutes";
import { learnTime, SERVER_TIME } from "./server-time";
import { JsonTelemetry } from "./telemetry";

/** What the handlers use of Lambda's context. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** Kept free for writing down the outcome and answering. */
const ANSWER_RESERVE_MILLIS = 3_000;
/** An admin call whose turn leaves less than this is not begun. */
const CALL_RESERVE_MILLIS = 10_000;

/** A run of one of the functions: configuration read, everything connected. */
export interface Run {
  readonly engine: Engine;
  readonly telemetry: JsonTelemetry;
  readonly environment: Environment;
  readonly functionArn: string;
  /** From now on every line, effect and incident of the run says so. */
  attribute(who: Omit<Attribution, "requestId">): void;
  /** From now on no line and no error holds the value. */
  keepSecret(value: string): void;
  /** Removes what was kept secret, in every form. */
  redact(text: string): string;
  /** The run's answer without what was kept secret: whatever its sentences quote. */
  discreet<Answer>(answer: Answer): Answer;
}

export interface RunOptions {
  readonly vendor: Vendor;
  readonly context: LambdaContext;
  readonly environment: NodeJS.ProcessEnv;
  readonly clients: Clients;
  /** Shortens the run below what Lambda gives. */
  readonly timeLimitMillis?: number;
  /** Longest wait for the turn of an admin call; by default as long as the run's time allows. */
  readonly queueMillis?: number;
  /** An emergency: no turn and no pause keeps a call from being tried. */
  readonly urgent?: boolean;
}

/** Clients live as long as the process, so that a warm run reuses their connections. */
export interface Clients {
  readonly secretsManager: SecretsManagerClient;
  readonly table: (name: string) => Table;
  readonly clock: ServerClock;
  readonly firstMinutes: FirstMinutes;
}

export function connectClients(): Clients {
  const clock = new ServerClock();
  const firstMinutes = new FirstMinutes();
  const secretsManager = new SecretsManagerClient({});
  const dynamo = new DynamoDBClient({});
  secretsManager.middlewareStack.add(firstMinutes.of("Secrets Manager"), FIRST_MINUTES);
  dynamo.middlewareStack.add(firstMinutes.of("DynamoDB"), FIRST_MINUTES);
  secretsManager.middlewareStack.add(learnTime(clock), SERVER_TIME);
  dynamo.middlewareStack.add(learnTime(clock), SERVER_TIME);
  return { secretsManager, table: (name) => new Table(dynamo, name), clock, firstMinutes };
}

export function startRun(options: RunOptions): Run {
  const { vendor, context, environment, clients, timeLimitMillis, queueMillis = Number.POSITIVE_INFINITY } = options;
  const { urgent = false } = options;
  const settings = parseEnvironment(environment, vendor);
  const prefix = settings[ENVIRONMENT.prefix];
  const { clock, secretsManager } = clients;
  const seen = new Set<string>();
  let attribution: Attribution = { requestId: context.awsRequestId };
  const telemetry = new JsonTelemetry(
    prefix,
    () => attribution,
    (line) => console.log(line),
    () => clock.now(),
    () => seen,
  );
  const deadline = startDeadline(context, timeLimitMillis);
  clients.firstMinutes.within({ remainingMillis: () => deadline.remainingMillis(), telemetry });
  const table = clients.table(settings[ENVIRONMENT.ledgerTable]);
  const adminSecret = settings[ENVIRONMENT.adminSecret];
  const vendorSettings = settings[ENVIRONMENT.vendorSettings];
  const deployment = deploymentName(prefix, lineageOf(context.invokedFunctionArn, prefix));
  const secrets = ownSecrets(new AwsSecretStore(secretsManager), prefix);
  const ledger = ownLedger(new DynamoLedger(table, prefix, clock, context.awsRequestId), deployment);
  const tellOfPause: ReportPause = (message, fields) => telemetry.warn(message, fields);
  const rateLimiterOf = (queueTimeoutMillis: number) =>
    new LedgerRateLimiter(
      table,
      prefix,
      clock,
      settings[ENVIRONMENT.adminCallsPerMinute],
      () => Math.min(queueTimeoutMillis, deadline.remainingMillis() - CALL_RESERVE_MILLIS),
      tellOfPause,
    );
  const adapter = connectVendor(vendor, {
    known: ledgerKeyIndex({ ledger, secrets, prefix, deployment }),
    settings: vendorSettings,
    adminKey: once(async () => {
      if (adminSecret === undefined)
        throw badConfiguration(`${vendor.descriptor.displayName} has no admin key to read`);
      const key = await readAdminKey(secretsManager, adminSecret);
      seen.add(key);
      return key;
    }),
    awsCredentials: async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await secretsManager.config.credentials();
      for (const secret of [secretAccessKey, sessionToken]) if (secret !== undefined) seen.add(secret);
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    rateLimiter: urgent ? new UrgentRateLimiter(rateLimiterOf, tellOfPause) : rateLimiterOf(queueMillis),
    fetch: allowedFetch(vendor.descriptor, vendorSettings, globalThis.fetch, deadline.signal),
    now: () => clock.now(),
    sleep: (millis, signal) => clock.sleep(millis, signal),
  });
  return {
    telemetry,
    environment: settings,
    functionArn: context.invokedFunctionArn,
    attribute: (who) => {
      attribution = { ...attribution, ...who };
    },
    keepSecret: (value) => void seen.add(value),
    redact: (text) => redact(text, seen),
    discreet: (answer) => cleaned(answer, (text) => withoutValues(text, seen)),
    engine: {
      prefix,
      deployment,
      baseUrl: dataUrlOf(vendor, vendorSettings),
      vendor: redactingAdapter(retryingAdapter(adapter, { clock, deadline, telemetry }), (value) => seen.add(value)),
      ledger,
      secrets,
      kmsKeys: new AwsKmsKeys(),
      telemetry,
      clock,
      deadline,
      effects: new Effects(
        () => attribution,
        () => clock.now(),
      ),
      plansAreObserved: settings[ENVIRONMENT.driftAtPlan] !== undefined,
      newToken: randomUUID,
    },
  };
}

function parseEnvironment(environment: NodeJS.ProcessEnv, { descriptor }: Vendor): Environment {
  const parsed = v.safeParse(environmentSchema, environment);
  const needed = descriptor.adminKey === "none" ? [] : [ENVIRONMENT.adminSecret];
  const malformed = parsed.success
    ? needed.find((name) => parsed.output[name] === undefined)
    : (v.getDotPath(parsed.issues[0]) ?? "");
  if (parsed.success && malformed === undefined) return parsed.output;
  throw badConfiguration(`environment variable ${malformed} is missing or malformed`);
}

function connectVendor(vendor: Vendor, connection: Parameters<Vendor["connect"]>[0]) {
  try {
    return vendor.connect(connection);
  } catch (error) {
    if (error instanceof VendorError) throw badConfiguration(error.message);
    throw error;
  }
}

async function readAdminKey(client: SecretsManagerClient, secretId: string): Promise<string> {
  let text: string | undefined;
  try {
    text = (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString?.trim();
  } catch (error) {
    throw adminKeyMissing(secretId, error);
  }
  if (text === undefined || text === "") throw adminKeyMissing(secretId, undefined);
  return text;
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

function startDeadline(context: LambdaContext, limitMillis = Number.POSITIVE_INFINITY): Deadline {
  const given = Math.min(context.getRemainingTimeInMillis(), limitMillis) - ANSWER_RESERVE_MILLIS;
  const millis = Math.max(0, given);
  const endsAt = performance.now() + millis;
  return { signal: timeLimit(millis).signal, remainingMillis: () => endsAt - performance.now() };
}
