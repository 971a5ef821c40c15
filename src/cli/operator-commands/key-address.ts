import { defined } from "../../model/defined";
import { FUNCTION_NAME_MAX_LENGTH, functionName, KEY_NAME, PREFIX } from "../../model/names";
import { notAKey, notAnIssuer } from "./errors";

/** Where a key is: its issuer's controller has a name that follows from the prefix. */
export interface KeyAddress {
  readonly prefix: string;
  readonly key: string;
  /** Known where an ARN was given. */
  readonly region?: string;
}

const ARN = /^arn:[a-z-]+:secretsmanager:([a-z0-9-]+):\d{12}:secret:(.+)$/;
/** Secrets Manager adds it to each secret's name. */
const ARN_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** @param text `PREFIX/KEY`, the name of the key's secret, or that secret's ARN. Throws SK301. */
export function parseKeyAddress(text: string): KeyAddress {
  const [, region, inArn] = ARN.exec(text) ?? [];
  const address = keyOfName(inArn?.replace(ARN_SUFFIX, "") ?? text);
  if (address === undefined) throw notAKey(text);
  return { ...address, ...defined({ region }) };
}

/** Undefined where a secret of this name can be no key's. */
export function keyOfName(name: string): KeyAddress | undefined {
  const at = name.lastIndexOf("/");
  const prefix = name.slice(0, Math.max(0, at));
  const key = name.slice(at + 1);
  return isIssuer(prefix) && KEY_NAME.test(key) ? { prefix, key } : undefined;
}

/** Throws SK302. */
export function parseIssuer(text: string): string {
  if (!isIssuer(text)) throw notAnIssuer(text);
  return text;
}

function isIssuer(prefix: string): boolean {
  return PREFIX.test(prefix) && functionName(prefix, "controller").length <= FUNCTION_NAME_MAX_LENGTH;
}
