import type { VendorDescriptor } from "../../src/model/vendor-descriptor";
import { openAiDescriptor } from "../../src/vendors/openai/descriptor";

/** What vendors differ in, as far as the engine can tell. */
export interface Nature {
  readonly descriptor: VendorDescriptor;
  /** Each declared key has an account of its own. */
  readonly owners: boolean;
  /** The caller chooses a key's value. */
  readonly chosen: boolean;
  /** A vendor key gets new values in place. */
  readonly rotates: boolean;
  /** Two vendor keys for ever. */
  readonly slots: boolean;
  /** A person mints, and hands the value over. */
  readonly manual: boolean;
}

const base = {
  ...openAiDescriptor,
  activation: { typicalSeconds: 10, worstSeconds: 1_800, source: "the model" },
  revocation: { typicalSeconds: 480, worstSeconds: 1_400, source: "the model" },
} satisfies VendorDescriptor;
const PLAIN = { owners: true, chosen: false, rotates: false, slots: false, manual: false } as const;

export const NATURES = {
  additive: { ...PLAIN, descriptor: base },
  /**
   * Two at most on an account, without names; the grant follows the mint, the expiry is set at the
   * mint alone.
   */
  nameless: {
    ...PLAIN,
    descriptor: {
      ...base,
      nameless: true,
      vendorKeysMax: 2,
      grantAfterMint: true,
      inPlace: { grant: true, expiry: false },
    },
  },
  chosen: { ...PLAIN, owners: false, chosen: true, descriptor: { ...base, idempotentMint: true } },
  in_place: {
    ...PLAIN,
    owners: false,
    rotates: true,
    descriptor: { ...base, strategy: "in_place", grace: { minSeconds: 1_800, maxSeconds: 604_800 } },
  },
  slot_pair: {
    ...PLAIN,
    owners: false,
    slots: true,
    descriptor: {
      ...base,
      strategy: "slot_pair",
      nameless: true,
      vendorKeysMax: 2,
      keysMax: 1,
      inPlace: { grant: false, expiry: false },
      enforcement: { ...base.enforcement, permissions: "nobody", expiry: "nobody" },
    },
  },
  manual: {
    ...PLAIN,
    owners: false,
    manual: true,
    descriptor: {
      ...base,
      strategy: "manual",
      inPlace: { grant: false, expiry: false },
      enforcement: { ...base.enforcement, permissions: "project" },
    },
  },
} as const satisfies Record<string, Nature>;

export type NatureName = keyof typeof NATURES;
