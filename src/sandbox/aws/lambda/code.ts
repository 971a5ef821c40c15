import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { unzipSync } from "fflate";
import { invalidParameter } from "./error";

/** AWS: 50 MB zipped when sent in the request, 250 MB unpacked. */
const MAX_ZIP_BYTES = 50 * 1_024 * 1_024;
const MAX_UNPACKED_BYTES = 250 * 1_024 * 1_024;

export interface FunctionCode {
  /** Folder of the unpacked bundle. */
  readonly directory: string;
  /** Base64, as `CodeSha256`. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Unpacks an uploaded bundle into a folder of its own. */
export function unpackCode(zip: Buffer, parentFolder: string): FunctionCode {
  if (zip.length > MAX_ZIP_BYTES) throw invalidParameter("The zip file is larger than 52428800 bytes.");
  let files: Record<string, Uint8Array>;
  let unpackedBytes = 0;
  try {
    files = unzipSync(zip, {
      filter: (file) => {
        unpackedBytes += file.originalSize;
        return unpackedBytes <= MAX_UNPACKED_BYTES;
      },
    });
  } catch {
    throw invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
  if (unpackedBytes > MAX_UNPACKED_BYTES) {
    throw invalidParameter(`Unzipped size must be smaller than ${MAX_UNPACKED_BYTES} bytes`);
  }
  if (Object.keys(files).length === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  mkdirSync(parentFolder, { recursive: true });
  const directory = mkdtempSync(join(parentFolder, "code-"));
  for (const [name, content] of Object.entries(files)) {
    const path = resolve(directory, name);
    if (!path.startsWith(directory + sep)) throw invalidParameter(`The zip file holds a path outside of it: ${name}`);
    if (name.endsWith("/")) {
      mkdirSync(path, { recursive: true });
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
  return { directory, sha256: createHash("sha256").update(zip).digest("base64"), sizeBytes: zip.length };
}
