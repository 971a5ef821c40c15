import type { Construct } from "constructs";
import {
  AdminKey,
  Duration,
  KeyIssuer,
  Lifetime,
  Scope,
  ScopedKey,
  type ScopedKeyProps,
  Spend,
} from "../../constructs";
import { askedDimensions } from "../../src/model/grant";
import type { Dimension, VendorDescriptor } from "../../src/model/vendor-descriptor";
import type { ContractSubject } from "../../src/testing/fixture";
import { vendorDescriptors } from "../../src/vendors/descriptors";
import { newStack, refusal } from "./support";

class AnyScope extends Scope {
  public constructor(vendor: string, value: string) {
    super(vendor, value, true);
  }
}

/** An issuer that is nothing but its descriptor. */
class PlainIssuer extends KeyIssuer {
  public constructor(scope: Construct, descriptor: VendorDescriptor) {
    super(scope, "issuer", descriptor, {}, { adminKey: AdminKey.fromSecretName("ai/admin/any") });
  }
}

type Asked = Partial<ScopedKeyProps>;
/** What asks for a dimension, and for nothing else. */
const ASKING: Readonly<Record<Exclude<Dimension, "expiry">, (vendor: VendorDescriptor) => Asked>> = {
  permissions: ({ id }) => ({ scopes: [new AnyScope(id, "a.scope")] }),
  endpoints: () => ({ endpoints: ["/v1/chat/completions"] }),
  models: () => ({ models: ["a-model"] }),
  requestsPerMinute: () => ({ limits: { requestsPerMinute: 60 } }),
  tokensPerMinute: () => ({ limits: { tokensPerMinute: 1_000 } }),
  spend: () => ({ limits: { spend: Spend.perMonth(10) } }),
  characters: () => ({ limits: { charactersPerMonth: 1_000 } }),
  sourceIp: () => ({ networks: ["203.0.113.0/24"] }),
};
const DIMENSIONS = Object.keys(ASKING) as Array<keyof typeof ASKING>;

const declare = (descriptor: VendorDescriptor, asked: Asked) => {
  const stack = newStack();
  const scopes = descriptor.enforcement.permissions === "key" ? ASKING.permissions(descriptor) : {};
  return new ScopedKey(stack, "summariser", {
    issuer: new PlainIssuer(stack, descriptor),
    owner: "search-team@example.com",
    purpose: "Summaries",
    lifetime: Lifetime.expiring({ after: Duration.days(30) }),
    ...scopes,
    ...asked,
  });
};

describe.each(vendorDescriptors)("a key of $displayName", (descriptor) => {
  const enforced = DIMENSIONS.filter((dimension) => descriptor.enforcement[dimension] === "key");

  test.each(DIMENSIONS.filter((dimension) => !enforced.includes(dimension)))(
    "is refused where %s is asked for, which its vendor does not enforce per key",
    (dimension) => {
      const error = refusal(() => declare(descriptor, ASKING[dimension](descriptor)));
      expect(error.code).toBe("SK125");
      expect(error.message).toContain(descriptor.displayName);
    },
  );

  test("may be limited in what its descriptor claims, and all of that is exercised by the contract", () => {
    for (const dimension of enforced) declare(descriptor, ASKING[dimension](descriptor));
    const { subject }: { subject: ContractSubject } = require(`../vendors/${descriptor.id}/subject`);
    const exercised = new Set(subject.grants.flatMap((grant) => askedDimensions(grant)));
    expect([...exercised].sort()).toEqual([...enforced].sort());
  });

  test("claims no change in place that its adapter has no verb for", () => {
    const { strategy, inPlace, grace } = descriptor;
    expect(grace !== undefined).toBe(strategy === "in_place");
    if (strategy === "manual" || strategy === "slot_pair") expect(inPlace).toEqual({ grant: false, expiry: false });
  });
});
