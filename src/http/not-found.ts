import { VendorError } from "../model/vendor-error";

/** 404 alone says that there is nothing; a 400 does not. */
export async function orGone<Done>(effect: () => Promise<Done>): Promise<Done | "gone"> {
  return (await orUndefined(effect)) ?? "gone";
}

export async function orUndefined<Found>(read: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VendorError && error.kind === "not_found") return undefined;
    throw error;
  }
}
