import { resourceId } from "../src/model/names";
import * as errors from "./errors";
import { addressOf, type IConstruct, isResource, type TerraformResource } from "./terraform";

/**
 * Gives a resource the address that follows from what it is of, so that a construct may move, and
 * be called anything, while its resources stay. What else would set the address is refused:
 * references to it are texts that stand already.
 * @param of names that are identity: an issuer's prefix, and of a key its name
 * @param part of it
 */
export function pin<R extends TerraformResource>(resource: R, of: readonly string[], part: string): R {
  resource.overrideLogicalId(resourceId(of, part));
  const refuse = (): never => {
    throw errors.addressIsIdentity(resource, addressOf(resource));
  };
  resource.overrideLogicalId = refuse;
  resource.resetOverrideLogicalId = refuse;
  const moveFromId = resource.moveFromId.bind(resource);
  // Terraform refuses a move that leads to where it comes from.
  resource.moveFromId = (id) => {
    if (id !== addressOf(resource)) moveFromId(id);
  };
  return resource;
}

/**
 * What tells a role from others in addresses: where it is declared, its own address; else its name.
 */
export function identityOf(role: IConstruct | string): string {
  if (typeof role === "string") return role;
  return isResource(role) ? addressOf(role) : role.node.path;
}
