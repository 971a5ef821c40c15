import type { Sandbox } from "../sandbox";
import {
  COMMON_NAMES,
  LOOPBACK_NAMES,
  NAMES_LEADING_OUT,
  PREFIXES_LEADING_OUT,
} from "../sandbox/processes/leading-out";
import { quoted } from "../sandbox/processes/shell";

/** `sh` is read by bash, zsh and every POSIX shell. */
export const SHELLS = ["sh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Lines that bring another shell into the sandbox: first away with what leads out of it, then what
 * the sandbox sets.
 */
export function exportLines({ exports, pathFolders }: Sandbox, shell: Shell): string[] {
  const names = [...COMMON_NAMES, ...NAMES_LEADING_OUT].join(" ");
  const folders = pathFolders.map(quoted);
  const noProxy = LOOPBACK_NAMES.join(",");
  if (shell === "fish") {
    return [
      `set -e ${names}`,
      `for name in (set -nx | string match -r '^(?:${PREFIXES_LEADING_OUT.join("|")}).*'); set -e $name; end`,
      ...Object.entries(exports).map(([name, value]) => `set -gx ${name} ${quoted(value)}`),
      `set -gx PATH ${folders.join(" ")} $PATH`,
      ...["NO_PROXY", "no_proxy"].map((name) => `set -gx ${name} ${noProxy}`),
    ];
  }
  return [
    `unset ${names}`,
    // One name is given for shells that want one.
    `unset AWS_PROFILE $(env | sed -nE 's/^((${PREFIXES_LEADING_OUT.join("|")})[A-Za-z0-9_]*)=.*/\\1/p')`,
    ...Object.entries(exports).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `export PATH=${folders.join(":")}:"$PATH"`,
    ...["NO_PROXY", "no_proxy"].map((name) => `export ${name}="${noProxy}\${${name}:+,$${name}}"`),
  ];
}
