/**
 * By what name the controller was called: all that it sees of its caller, and what IAM tells
 * callers apart by. A right to invoke one name is none to invoke another
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html, "Referencing
 * functions").
 *
 *   NAME             Secrets Manager's rotation, which calls by the ARN that a secret's rotation names
 *   NAME:$LATEST     Terraform's: `aws_lambda_invocation` always sends a qualifier, and this is its default. It can never be another
 *                    one: to change `qualifier` or `function_name` replaces the invocation, which revokes the key
 *   NAME:sweep       the schedule's
 *   NAME:operator    people's orders
 */
export const LATEST = "$LATEST";
/**
 * Aliases of the controller, both of `$LATEST`: an update of its code is behind all names at once.
 */
export const SWEEP_ALIAS = "sweep";
export const OPERATOR_ALIAS = "operator";

const ENTRANCES = ["unqualified", LATEST, SWEEP_ALIAS, OPERATOR_ALIAS] as const;
export type Entrance = (typeof ENTRANCES)[number];

/** Who drives a piece of work. */
export type Door = "terraform" | "rotation" | "sweep" | "operator";

const DOORS_AT: Readonly<Record<Entrance, readonly Door[]>> = {
  // Whether a function that is called with `$LATEST` sees that, AWS says nowhere: Terraform's is
  // open by both.
  unqualified: ["rotation", "terraform"],
  [LATEST]: ["terraform"],
  [SWEEP_ALIAS]: ["sweep"],
  [OPERATOR_ALIAS]: ["operator"],
};

const NAME_OF: Readonly<Record<Door, Entrance>> = {
  terraform: LATEST,
  rotation: "unqualified",
  sweep: SWEEP_ALIAS,
  operator: OPERATOR_ALIAS,
};

export function isOpenAt(entrance: Entrance, door: Door): boolean {
  return DOORS_AT[entrance].includes(door);
}

/** The name by which a door's driver calls the function. */
export function nameOfDoor(functionName: string, door: Door): string {
  return nameOfEntrance(functionName, NAME_OF[door]);
}

export function nameOfEntrance(functionName: string, entrance: Entrance): string {
  return entrance === "unqualified" ? functionName : `${functionName}:${entrance}`;
}

/** Name and qualifier (alias, version or `$LATEST`) in a function's ARN. */
export function calledBy(functionArn: string): { readonly functionName: string; readonly qualifier?: string } {
  const [functionName = "", qualifier] = functionArn.split(":").slice(6);
  return qualifier === undefined ? { functionName } : { functionName, qualifier };
}

/** Undefined for the number of a version, and for an alias that somebody else made. */
export function entranceOf(qualifier: string | undefined): Entrance | undefined {
  if (qualifier === undefined) return "unqualified";
  return ENTRANCES.find((entrance) => entrance === qualifier && entrance !== "unqualified");
}
