import { RotateSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { issuerPrefix } from "../../model/names";
import { isoSeconds } from "../../model/units";
import { json } from "../../output/json";
import type { Printable } from "../../output/printable";
import type { Printer } from "../../output/streams";
import { type TerminalText, terminal } from "../../output/terminal";
import { currentVersion } from "../../secrets/labels";
import { evidenceOf, refusal } from "../evidence";
import { parseKeyAddress } from "../operator-commands/key-address";
import { Progress } from "../progress";
import { connectAws } from "../status/aws";
import { noSuchKey } from "../status/errors";
import { described, describeSecret, isKeySecret, listSecrets, type SecretFacts } from "../status/secrets";
import { manualKey, notRotated, notRotatedYet, rotationRefused, rotationSwitchedOff } from "./errors";

const LOOK_EVERY_MILLIS = 3_000;
const MILLIS_PER_MINUTE = 60_000;

export interface RotateOptions {
  /** Minutes; without it, nobody waits. */
  readonly wait?: number;
  readonly region?: string;
  readonly json?: true;
}

/** What a rotation came to. */
export interface Rotated {
  readonly name: string;
  /** `done`: the new value is in use. `started`: nobody waited for that. */
  readonly outcome: "started" | "done";
  /** Version of the secret that has the new value. */
  readonly version: string;
  /** Version that was in use when it began. */
  readonly before: string | null;
  /** ISO 8601, by the servers' clock. */
  readonly at: string;
}

export interface Waiting {
  readonly progress: Printer;
  /** In which nothing is asked; by the machine's clock. */
  readonly sleep: (millis: number) => Promise<void>;
  readonly now: () => number;
}

/** @returns what was done, in words or as JSON. Throws SK330, SK332 to SK335. */
export async function runRotate(text: string, options: RotateOptions, waiting: Waiting): Promise<Printable> {
  const { prefix, key, region } = parseKeyAddress(text);
  const name = `${prefix}/${key}`;
  const { secrets, clock } = await connectAws(options.region ?? region);
  const secret = await found(secrets, prefix, name);
  const before = currentVersion(secret.versions) ?? null;
  const version = await start(secrets, name);
  const done = options.wait !== undefined;
  if (options.wait !== undefined) await untilInUse(secrets, { name, version, minutes: options.wait }, waiting);
  const rotated: Rotated = {
    name,
    outcome: done ? "done" : "started",
    version,
    before,
    at: isoSeconds(Math.floor(clock.now() / 1_000)),
  };
  return options.json ? json(rotated) : sentenceOf(rotated);
}

/** The key's secret, if Secrets Manager can rotate it. */
async function found(client: SecretsManagerClient, prefix: string, name: string): Promise<SecretFacts> {
  let secret: SecretFacts | undefined;
  try {
    secret = await describeSecret(client, name);
  } catch (error) {
    throw rotationRefused(name, refusal("secretsmanager:DescribeSecret", error));
  }
  if (secret === undefined || !isKeySecret(prefix, secret)) throw noSuchKey(name, await keyNames(client));
  if (secret.rotationEnabled) return secret;
  switch (described(secret.description)?.rotation) {
    case "manual":
      throw manualKey(name);
    case "none":
      throw notRotated(name);
    default:
      throw rotationSwitchedOff(name);
  }
}

/**
 * For who mistyped one. Listing is no right that a rotation needs: without it nothing is suggested.
 */
async function keyNames(client: SecretsManagerClient): Promise<string[]> {
  try {
    const secrets = await listSecrets(client, undefined, () => {});
    return secrets.filter((secret) => isKeySecret(issuerPrefix(secret.name), secret)).map(({ name }) => name);
  } catch {
    return [];
  }
}

async function start(client: SecretsManagerClient, name: string): Promise<string> {
  try {
    const { VersionId } = await client.send(new RotateSecretCommand({ SecretId: name }));
    if (VersionId === undefined) throw rotationRefused(name, "its answer named no version");
    return VersionId;
  } catch (error) {
    throw rotationRefused(name, refusal("secretsmanager:RotateSecret", error));
  }
}

async function untilInUse(
  client: SecretsManagerClient,
  { name, version, minutes }: { name: string; version: string; minutes: number },
  { progress: stream, sleep, now }: Waiting,
): Promise<void> {
  const progress = new Progress(stream, now);
  const since = now();
  let last = "";
  try {
    for (;;) {
      try {
        const secret = await describeSecret(client, name);
        if (secret !== undefined && currentVersion(secret.versions) === version) return;
        last =
          secret === undefined ? "its secret is gone" : (secret.versions[version]?.join(", ") ?? "without a value yet");
      } catch (error) {
        // A look that fails says nothing of the rotation; the next may do.
        last = evidenceOf(error);
      }
      const waited = now() - since;
      if (waited + LOOK_EVERY_MILLIS > minutes * MILLIS_PER_MINUTE) throw notRotatedYet(name, version, minutes);
      progress.tell(terminal`${name}: waiting for version ${version} (${last}) … ${Math.floor(waited / 1_000)} s`);
      await sleep(LOOK_EVERY_MILLIS);
    }
  } finally {
    progress.end();
  }
}

function sentenceOf({ name, outcome, version, before, at }: Rotated): TerminalText {
  if (outcome === "started") {
    return terminal`${name}: rotation started on ${at}; its value will be version ${version}. To follow it: scoped-keys status ${name}`;
  }
  const old = before === null ? "" : ` The vendor key of version ${before} works until the overlap ends.`;
  return terminal`${name}: rotated. In use since ${at}: version ${version}.${old}`;
}
