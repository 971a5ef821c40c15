import { shown } from "../../model/characters";
import { describeGrant } from "../../model/grant";
import type { Granted } from "../../model/granted";
import { aligned, joined, line, type TerminalText, terminal } from "../../output/terminal";
import type { FoundKey, FoundSecret, Inventory } from "./inventory";

const NAME_MAX_LENGTH = 40;

/** The inventory for people. */
export function tableOf({ vendor, keys, secrets, unread }: Inventory, now: string): TerminalText {
  const lines: TerminalText[] = [];
  if (vendor !== undefined) {
    lines.push(terminal`${vendor}: ${keys.length === 1 ? "1 vendor key" : `${keys.length} vendor keys`}`);
    if (keys.length > 0) lines.push(...aligned([KEY_HEAD, ...keys.map((key) => keyRow(key, now))]));
    lines.push(line(""));
  }
  lines.push(
    terminal`Secrets Manager: ${secrets.length === 1 ? "1 secret looks" : `${secrets.length} secrets look`} like a key`,
  );
  if (secrets.length > 0) lines.push(...aligned([SECRET_HEAD, ...secrets.map(secretRow)]));
  for (const { name, vendors, notToldFrom } of secrets) {
    if (notToldFrom.length === 0) continue;
    lines.push(
      terminal`${name} looks like ${vendors.join(" or ")}, and cannot be told from ${notToldFrom.join(", or ")}`,
    );
  }
  for (const { name, reason } of unread) lines.push(terminal`not read: ${name} (${reason})`);
  return joined(lines, "\n");
}

const KEY_HEAD = ["NAME", "ID", "CREATED", "LAST USED", "EXPIRES", "STATUS", "MAY DO"];

function keyRow({ name, id, createdAt, lastUsedAt, expiresAt, disabled, declaredAs, granted }: FoundKey, now: string) {
  const ended = expiresAt !== undefined && expiresAt <= now;
  const status = disabled ? "disabled" : ended ? "expired" : declaredAs === undefined ? "live" : "declared";
  return [cut(name), id, day(createdAt), day(lastUsedAt), day(expiresAt), status, cut(mayDo(granted))];
}

function mayDo(granted: Granted | undefined): string {
  if (granted === undefined) return "not shown";
  const shown = Object.fromEntries(
    Object.entries(granted).filter(([, what]) => what !== null && (!Array.isArray(what) || what.length > 0)),
  );
  // What cannot be declared limits the key all the same.
  const others = (granted.others ?? []).filter(({ unset }) => unset !== true).map((other) => other.shown);
  return [describeGrant(shown), ...others].filter((words) => words !== "").join("; ") || "everything";
}

const SECRET_HEAD = ["NAME", "LOOKS LIKE", "BECAUSE OF", "CHANGED", "LAST READ", "STATUS"];

function secretRow({ name, vendors, because, changedAt, readAt, declared, rotates }: FoundSecret) {
  const status = declared ? "declared" : rotates ? "rotated by a function" : "not declared";
  return [name, vendors.join(" or ") || "any vendor", cut(because.join(", ")), day(changedAt), day(readAt), status];
}

function day(time: string | undefined): string {
  return time?.slice(0, 10) ?? "-";
}

/** By what is seen, so that nothing hides behind the end. */
function cut(text: string): string {
  return shown(text).length <= NAME_MAX_LENGTH ? text : `${text.slice(0, NAME_MAX_LENGTH - 1)}…`;
}
