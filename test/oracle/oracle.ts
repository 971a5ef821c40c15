import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ContractSubject } from "../../src/testing/fixture";
import { compare } from "./compare";
import { type Difference, type Exception, isExcepted } from "./difference";
import { type Operation, operationsOf } from "./document";
import { drive, type Recording } from "./drive";

/** What one vendor's document says of one vendor's adapter and simulator. */
export interface VendorReport {
  readonly displayName: string;
  readonly file: string;
  /** Held against the document. */
  readonly requests: number;
  /**
   * To hosts and paths of which there is no document: looks with a key, exchanges of credentials.
   */
  readonly leftOut: number;
  readonly covered: readonly string[];
  readonly declared: number;
  /** Operations that manage keys, as far as their paths tell, and that no verb uses. */
  readonly unused: readonly string[];
  /** Each once, however often it was seen. */
  readonly differences: readonly Difference[];
}

export interface Report {
  readonly vendors: readonly VendorReport[];
  /** Documents of vendors that are not here. */
  readonly strangers: readonly string[];
  readonly failures: readonly string[];
}

export interface OracleRequest {
  readonly folder: string;
  readonly subjects: readonly ContractSubject[];
  /** Names of files that must be there, where their vendors are here. */
  readonly documents: readonly string[];
  readonly exceptions: readonly Exception[];
}

/** A document is its vendor's by its name: `<id>-….json`, or `.yaml`. */
export async function runOracle({ folder, subjects, documents, exceptions }: OracleRequest): Promise<Report> {
  const ids = subjects.map(({ vendor }) => vendor.descriptor.id);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(?:json|ya?ml)$/.test(file)) : [];
  const missing = documents.filter((file) => vendorOf(file, ids) !== undefined && !files.includes(file));
  const failures = missing.map((file) => `${file} is missing in ${folder}`);
  const vendors: VendorReport[] = [];
  const strangers: string[] = [];
  const used = new Set<Exception>();
  for (const file of files.sort()) {
    const content: unknown = parse(readFileSync(join(folder, file), "utf8"));
    if (typeof content !== "object" || content === null || !("openapi" in content)) continue;
    const subject = subjects.find(({ vendor }) => vendor.descriptor.id === vendorOf(file, ids));
    if (subject === undefined) {
      strangers.push(file);
      continue;
    }
    const report = reportOf(file, content, subject, await drive(subject));
    const left = report.differences.filter((difference) => {
      const exception = exceptions.find((each) => isExcepted(difference, each));
      if (exception !== undefined) used.add(exception);
      return exception === undefined;
    });
    vendors.push({ ...report, differences: left });
    if (report.requests === 0) failures.push(`no request of ${report.displayName} is in ${file}`);
  }
  for (const exception of exceptions) {
    if (used.has(exception) || !vendors.some(({ file }) => vendorOf(file, ids) === exception.vendor)) continue;
    const { vendor, operation, at } = exception;
    failures.push(`an exception that matches nothing any more: ${vendor}, ${operation}, ${at}`);
  }
  return { vendors, strangers, failures };
}

function vendorOf(file: string, ids: readonly string[]): string | undefined {
  return ids.filter((id) => file.startsWith(`${id}-`)).sort((a, b) => b.length - a.length)[0];
}

function reportOf(file: string, content: unknown, subject: ContractSubject, recording: Recording): VendorReport {
  const { descriptor } = subject.vendor;
  const operations = operationsOf(content, baseOf(subject));
  const covered = new Set<Operation>();
  const differences = new Map<string, Difference>();
  let { tokenExchanges: leftOut } = recording;
  let requests = 0;
  for (const exchange of recording.exchanges) {
    const { operation, differences: found } = compare(descriptor.id, operations, exchange, recording.secrets);
    if (operation === undefined && exchange.isLook) {
      leftOut += 1;
      continue;
    }
    if (operation !== undefined) {
      covered.add(operation);
      requests += 1;
    }
    for (const difference of found) {
      const place = `${difference.operation} ${difference.at}`;
      if (!differences.has(place)) differences.set(place, difference);
    }
  }
  return {
    displayName: descriptor.displayName,
    file,
    requests,
    leftOut,
    covered: [...covered].map(({ name }) => name),
    declared: operations.length,
    unused: operations
      .filter((each) => !covered.has(each) && /\/[^/{]*key/i.test(each.template))
      .map(({ name }) => name),
    differences: [...differences.values()],
  };
}

/** Of software that users run themselves, documents name no server. */
function baseOf({ vendor, createSimulator, settingsOf }: ContractSubject): string {
  const settings: { readonly baseUrl?: string } = settingsOf(createSimulator({ now: () => 0 }));
  return settings.baseUrl ?? vendor.descriptor.baseUrls[0] ?? "";
}
