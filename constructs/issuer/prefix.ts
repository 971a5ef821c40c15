import { FUNCTION_NAME_MAX_LENGTH, functionName, PREFIX, PREFIX_RULE } from "../../src/model/names";
import * as checks from "../checks";
import * as errors from "../errors";
import type { IConstruct } from "../terraform";

/** @returns a prefix that secrets and functions can begin with */
export function checkedPrefix(at: IConstruct, given: string): string {
  const prefix = checks.literalText(at, "prefix", given);
  if (typeof prefix !== "string" || !PREFIX.test(prefix)) throw errors.malformedPrefix(at, prefix, PREFIX_RULE);
  const longest = functionName(prefix, "controller");
  if (longest.length > FUNCTION_NAME_MAX_LENGTH) {
    throw errors.functionNameTooLong(at, longest, FUNCTION_NAME_MAX_LENGTH);
  }
  return prefix;
}

/**
 * Whether issuers of these prefixes, in one account and region, would reach each other's secrets or
 * functions.
 */
export function collide(one: string, other: string): boolean {
  if (`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)) return true;
  // IAM tells no names apart that differ in case alone.
  return functionName(one, "controller").toLowerCase() === functionName(other, "controller").toLowerCase();
}
