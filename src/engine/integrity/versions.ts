import { secretName } from "../../model/names";
import type { KeySession } from "../key-session";
import type { SecretState } from "../ports";

/** What the secret's versions are labelled with; nothing where the secret is gone. */
export async function versionsOf({ engine, key }: KeySession): Promise<SecretState["versions"]> {
  return (await engine.secrets.describe(secretName(engine.prefix, key)))?.versions ?? {};
}
