import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { retryingAdapter } from "../../engine/middleware/retrying";
import { allowedFetch } from "../../http/allowed-fetch";
import { defined } from "../../model/defined";
import { ScopedKeysRuntimeError } from "../../model/errors";
import type { Granted } from "../../model/granted";
import { redact, shorten } from "../../model/redact";
import { timeLimit } from "../../model/time-limit";
import { isoSeconds } from "../../model/units";
import { VendorError } from "../../model/vendor-error";
import type { Vendor, VendorKey } from "../../vendors/vendor";
import { malformedSetting, noAdminSecret, noListOfKeys, vendorNotListed } from "./errors";
import type { FoundKey } from "./inventory";
import { plain } from "./plain";
import { PoliteRateLimiter, type Waiting } from "./polite-rate-limiter";
import { secretText } from "./secret-text";

const LIMIT_MILLIS = 3_600_000;
const EVIDENCE_MAX_LENGTH = 300;
/** As `vendorKeyName` makes them: prefix, lineage, key and a part of the token. */
const OWN_NAME = /^(.+)\.[0-9a-f]{8}\/([^/]+)\/[0-9a-f]{12}$/;

export interface VendorQuestion {
  readonly vendor: Vendor;
  readonly adminSecret: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface VendorSurroundings extends Waiting {
  readonly secretsManager: SecretsManagerClient;
  readonly fetch: typeof fetch;
}

/** All keys that the vendor shows, oldest first. */
export async function listVendorKeys(
  { vendor, adminSecret, settings }: VendorQuestion,
  around: VendorSurroundings,
): Promise<FoundKey[]> {
  const { descriptor } = vendor;
  const { displayName } = descriptor;
  if (descriptor.strategy === "manual" && descriptor.adminKey === "none") throw noListOfKeys(displayName);
  if (descriptor.adminKey !== "none" && adminSecret === undefined) throw noAdminSecret(displayName);
  const { secretsManager, fetch, now, sleep } = around;
  const limit = timeLimit(LIMIT_MILLIS);
  let adminKey: Promise<string> | undefined;
  const seen: string[] = [];
  try {
    const adapter = vendor.connect({
      settings,
      adminKey: async () => {
        adminKey ??= secretText(secretsManager, adminSecret ?? "");
        const key = await adminKey;
        seen.push(key);
        return key;
      },
      awsCredentials: () => secretsManager.config.credentials(),
      rateLimiter: new PoliteRateLimiter(displayName, descriptor.adminCallsPerMinute, around),
      fetch: allowedFetch(descriptor, settings, fetch),
      now,
      sleep,
    });
    const { signal } = limit;
    const endsAt = now() + LIMIT_MILLIS;
    const quiet = () => {};
    const listed = await retryingAdapter(adapter, {
      clock: { now, sleep },
      deadline: { signal, remainingMillis: () => endsAt - now() },
      telemetry: { info: quiet, warn: quiet, error: quiet, metric: quiet, incident: quiet },
    }).list({ signal });
    return [...listed].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)).map(foundKey);
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    // Of ours: the call was not sent.
    if (error.cause instanceof ScopedKeysRuntimeError) throw error.cause;
    const evidence = plain(shorten(redact(error.message, seen), EVIDENCE_MAX_LENGTH));
    // An adapter that refuses its settings has called nobody.
    if (error.kind === "invalid" && error.status === undefined) throw malformedSetting("--setting", evidence);
    throw vendorNotListed(displayName, evidence, error);
  } finally {
    limit.stop();
  }
}

function foundKey({
  id,
  name,
  createdAt,
  lastUsedAt,
  expiresAt,
  disabled,
  ownerId,
  granted,
  madeFor,
}: VendorKey): FoundKey {
  const [, prefix, key] = OWN_NAME.exec(name) ?? [];
  return {
    id: plain(id),
    name: plain(name),
    ...(createdAt === 0 ? {} : { createdAt: isoSeconds(createdAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: isoSeconds(lastUsedAt) }),
    ...(expiresAt === undefined ? {} : { expiresAt: isoSeconds(expiresAt) }),
    disabled: disabled === true,
    ...(ownerId === undefined ? {} : { ownerId: plain(ownerId) }),
    ...(granted === undefined ? {} : { granted: plainGranted(granted) }),
    ...(madeFor === undefined ? {} : { madeFor: plain(madeFor) }),
    ...(prefix === undefined ? {} : { declaredAs: plain(`${prefix}/${key}`) }),
  };
}

function plainGranted({ limits, others, ...lists }: Granted): Granted {
  const shown = Object.entries(lists).map(([name, list]) => [name, list?.map(plain) ?? null]);
  return {
    ...Object.fromEntries(shown),
    ...defined({ limits }),
    ...(others === undefined
      ? {}
      : { others: others.map((other) => ({ ...other, shown: plain(other.shown), reason: plain(other.reason) })) }),
  };
}
