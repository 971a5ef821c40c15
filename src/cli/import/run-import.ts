import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { PREFIX } from "../../model/names";
import { nearest } from "../../model/nearest";
import { isoSeconds, MILLIS_PER_SECOND } from "../../model/units";
import { json } from "../../output/json";
import { type Printable, withoutEnd } from "../../output/printable";
import { writeText } from "../../output/streams";
import { joined, terminal } from "../../output/terminal";
import { vendorDescriptors } from "../../vendors/descriptors";
import { vendorById } from "../../vendors/registry";
import { shapedAs } from "../../vendors/value-shape";
import type { Vendor } from "../../vendors/vendor";
import { declarationsOf } from "./declarations";
import { malformedImportPrefix, malformedSetting, noAdminSecret, notWritten, unknownVendor } from "./errors";
import type { Inventory } from "./inventory";
import { listSecrets } from "./secrets";
import { tableOf } from "./table";
import { typescriptOf } from "./typescript";
import { listVendorKeys, type VendorSurroundings } from "./vendor-keys";
import { yamlOf } from "./yaml";

export interface ImportOptions {
  readonly vendor?: string;
  /** Name or ARN. */
  readonly adminSecret?: string;
  readonly setting: readonly string[];
  readonly prefix?: string;
  /** @default "typescript" */
  readonly format?: "typescript" | "yaml";
  readonly secrets: boolean;
  readonly lookInside?: true;
  readonly out?: string;
  readonly region?: string;
  readonly json?: true;
}

export interface ImportSurroundings extends VendorSurroundings {
  readonly secretsManager: SecretsManagerClient;
}

const failureSchema = v.object({ code: v.string() });

/**
 * @returns what goes to standard output. Nothing is changed anywhere but the file that `out` names.
 */
export async function runImport(options: ImportOptions, around: ImportSurroundings): Promise<Printable> {
  const { adminSecret, out, prefix } = options;
  const vendor = vendorOf(options.vendor);
  const settings = settingsOf(options.setting);
  if (prefix !== undefined && !PREFIX.test(prefix)) throw malformedImportPrefix(prefix);
  // Somebody's admin key in the place of its name: it is not sent to AWS, and not repeated.
  if (adminSecret !== undefined && shapedAs(adminSecret).length > 0)
    throw noAdminSecret(vendor?.descriptor.displayName ?? "A vendor");
  const asked = adminSecret !== undefined || options.setting.length > 0;
  const withoutKeys = vendor === undefined || (noList(vendor) && !asked);
  const keys = withoutKeys ? [] : await listVendorKeys({ vendor, adminSecret, settings }, around);
  const found = options.secrets
    ? await listSecrets(around.secretsManager, {
        lookInside: options.lookInside === true,
        except: adminSecret === undefined ? [] : [adminSecret],
      })
    : { secrets: [], unread: [] };
  const inventory: Inventory = {
    ...(vendor === undefined ? {} : { vendor: vendor.descriptor.id }),
    keys,
    ...found,
  };
  if (options.json) return json(inventory);
  const now = isoSeconds(around.now() / MILLIS_PER_SECOND);
  const table = tableOf(inventory, now);
  if (vendor === undefined) return table;
  const request = { vendor: vendor.descriptor, adminSecret, settings, prefix, inventory, now };
  const code = (options.format === "yaml" ? yamlOf : typescriptOf)(declarationsOf(request), now);
  if (out === undefined) {
    around.progress(table);
    return withoutEnd(code);
  }
  try {
    writeText(out, code, "wx");
  } catch (error) {
    throw notWritten(v.parse(v.fallback(failureSchema, { code: "unknown error" }), error).code);
  }
  return joined([table, terminal`Written to ${out}. Fill in the owners: synthesis refuses it until you do.`], "\n\n");
}

function noList({ descriptor }: Vendor): boolean {
  return descriptor.strategy === "manual" && descriptor.adminKey === "none";
}

function vendorOf(id: string | undefined): Vendor | undefined {
  if (id === undefined) return undefined;
  const known = vendorDescriptors.map((descriptor) => descriptor.id);
  const vendor = vendorById(id);
  if (vendor === undefined) throw unknownVendor(id.slice(0, 64), known, nearest(id, known));
  return vendor;
}

const SETTING = /^([A-Za-z][A-Za-z0-9]{0,63})=(.+)$/s;

/** Values go into no message: one could be a key. */
function settingsOf(given: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [at, text] of given.entries()) {
    const [, name = "", value = ""] = SETTING.exec(text) ?? [];
    if (name === "") throw malformedSetting(`--setting, the ${at + 1}.`, "it is not NAME=VALUE");
    if (Object.hasOwn(settings, name)) throw malformedSetting(`--setting ${name}`, "it is given twice");
    if (shapedAs(value).length > 0)
      throw malformedSetting(`--setting ${name}`, "its value looks like a key, and no key is ever an argument");
    settings[name] = value;
  }
  return settings;
}
