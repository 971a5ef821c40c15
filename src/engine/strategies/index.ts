import type { VendorDescriptor } from "../../model/vendor-descriptor";
import { additive } from "./additive";
import { inPlace } from "./in-place";
import { manual } from "./manual";
import { slotPair } from "./slot-pair";
import type { Strategy } from "./strategy";

const STRATEGIES: Readonly<Record<VendorDescriptor["strategy"], Strategy>> = {
  additive,
  in_place: inPlace,
  slot_pair: slotPair,
  manual,
};

/** The vendor's strategy. */
export function strategyOf({ strategy }: Pick<VendorDescriptor, "strategy">): Strategy {
  return STRATEGIES[strategy];
}
