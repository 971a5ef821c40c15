import { isPolicyOf, type OwnFunction } from "./functions";
import { type Resource, text } from "./resources";
import { matches, readGrantsOf } from "./statements";

/** Resources that give rights, with the attribute that says to whom, and its word. */
const GIVES: Readonly<Record<string, { readonly to: string; readonly word: string }>> = {
  aws_iam_role_policy: { to: "role", word: "role" },
  aws_iam_user_policy: { to: "user", word: "user" },
  aws_iam_group_policy: { to: "group", word: "group" },
  aws_iam_policy: { to: "name", word: "whoever has policy" },
};

/** Who is let read the value of which secret, by policies of this stack; of the library's own functions nothing is said. */
export function readersBySecret(
  resources: readonly Resource[],
  secrets: ReadonlyArray<readonly [string, Resource]>,
  functions: readonly OwnFunction[],
): Map<string, string[]> {
  const byAddress = new Map(secrets.map(([name, { address }]) => [address, name]));
  const names = secrets.map(([name]) => name);
  const found = new Map<string, Set<string>>();
  for (const policy of resources) {
    const gives = GIVES[policy.type];
    if (gives === undefined || functions.some(({ resource }) => isPolicyOf(policy, resource))) continue;
    const who = `${gives.word} ${text(policy.values, gives.to) ?? policy.references[gives.to]?.[0] ?? policy.address}`;
    for (const [name, conditions] of read(policy, byAddress, names)) {
      const reader = conditions === undefined ? who : `${who} if ${conditions}`;
      found.set(name, (found.get(name) ?? new Set()).add(reader));
    }
  }
  return new Map([...found].map(([name, readers]) => [name, [...readers].sort()]));
}

/** Names of secrets, each with the conditions of the grant. */
function read(
  policy: Resource,
  byAddress: ReadonlyMap<string, string>,
  names: readonly string[],
): Array<readonly [string, string | undefined]> {
  const document = text(policy.values, "policy");
  if (document === undefined) {
    // Known only after apply, since the secret is new; what it names is known.
    return (policy.references["policy"] ?? []).flatMap((address) => {
      const name = byAddress.get(address);
      return name === undefined ? [] : [[name, undefined] as const];
    });
  }
  return readGrantsOf(document).flatMap(({ resources, conditions }) =>
    resources.flatMap((resource) => secretsOf(resource, byAddress, names)).map((name) => [name, conditions] as const),
  );
}

/** @param resource ARN, pattern of ARNs, or reference to a secret of the stack */
function secretsOf(resource: string, byAddress: ReadonlyMap<string, string>, names: readonly string[]): string[] {
  const address = /^\$\{(aws_secretsmanager_secret\.[\w-]+)\.(?:arn|id)\}$/.exec(resource)?.[1];
  if (address !== undefined) return [byAddress.get(address)].filter((name) => name !== undefined);
  const at = resource.indexOf(":secret:");
  if (at < 0) return /^(?:\*|arn:[^:]*:(?:\*$|secretsmanager:.*\*$))/.test(resource) ? [...names] : [];
  const pattern = resource.slice(at + ":secret:".length);
  // Secrets Manager appends a hyphen and six characters to a name.
  if (!/[*?]/.test(pattern)) return [pattern.replace(/-[A-Za-z0-9]{6}$/, "")];
  return names.filter((name) => matches(pattern, `${name}-AbCdEf`));
}
