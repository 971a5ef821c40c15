import { createHash } from "node:crypto";
import { unzipSync } from "fflate";
import { ANSWER_LIMITS, boundedFetch } from "../../http/bounded-fetch";
import type { Machine } from "./machine";

/** Bytes at an https address. @throws where they cannot be had. */
export type Download = (url: string) => Promise<Uint8Array>;

/** Releases are zips of programs, some of which are large. */
const DOWNLOAD_LIMITS = { ...ANSWER_LIMITS, millis: 5 * 60_000, bodyBytes: 512 * 1_048_576 };

export const download: Download = async (url) => {
  const response = await boundedFetch(fetch, DOWNLOAD_LIMITS)(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };
const SYSTEMS: Readonly<Record<string, string>> = {
  linux: "linux",
  darwin: "darwin",
  win32: "windows",
  freebsd: "freebsd",
};

/**
 * `linux_amd64`: a platform as HashiCorp's releases and provider mirrors name it, or undefined
 * where they have none.
 */
export function releasePlatform(machine: Machine): string | undefined {
  const system = SYSTEMS[machine.platform];
  const architecture = ARCHITECTURES[machine.arch];
  return system === undefined || architecture === undefined ? undefined : `${system}_${architecture}`;
}

/**
 * One file out of a release's zip, whose SHA-256 must be the one that the release's SHA256SUMS
 * names.
 * @param folderUrl folder of the release's files, without a slash at the end.
 */
export async function fileOfRelease(
  fetchBytes: Download,
  folderUrl: string,
  names: { readonly sums: string; readonly zip: string; readonly file: string },
): Promise<Uint8Array> {
  const sums = Buffer.from(await fetchBytes(`${folderUrl}/${names.sums}`)).toString("utf8");
  const expected = sums
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, file]) => file === names.zip)?.[0];
  if (expected === undefined || !/^[0-9a-f]{64}$/.test(expected)) {
    throw new Error(`${names.sums} has no checksum of ${names.zip}`);
  }
  const zip = await fetchBytes(`${folderUrl}/${names.zip}`);
  const actual = createHash("sha256").update(zip).digest("hex");
  if (actual !== expected) throw new Error(`the checksum of ${names.zip} is wrong`);
  const file = unzipSync(zip, { filter: ({ name }) => name === names.file })[names.file];
  if (file === undefined) throw new Error(`${names.zip} holds no ${names.file}`);
  return file;
}
