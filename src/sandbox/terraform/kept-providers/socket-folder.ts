import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** The address of a socket has 104 bytes on macOS. */
const SOCKET_PATH_MAX_BYTES = 104;

/**
 * Where providers have their sockets: in the temporary folder itself those of a provider that is
 * killed would stay.
 */
export function socketFolder(runFolder: string): Record<string, string> {
  const folder = join(runFolder, "p");
  // Providers add "/plugin" and ten digits.
  if (Buffer.byteLength(folder) + "/plugin0123456789".length >= SOCKET_PATH_MAX_BYTES) return {};
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { PLUGIN_UNIX_SOCKET_DIR: folder };
}
