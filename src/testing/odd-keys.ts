import { ContractHarness, type ContractSubject, type VendorFake } from "./fixture";
import { testRunner } from "./runner";
import { someKey } from "./some-key";

const LINEAGE = ".0badcafe/";
const NAME = `ai-keys/x${LINEAGE}summariser/0123456789ab`;
/** What others' keys may lack: names and dates. */
const MAY_LACK = /name|creat|time|date|used|expir/i;

/** One odd key of somebody else must not hide the list. */
export function describeOddKeys<Fake extends VendorFake>(subject: ContractSubject<Fake>): void {
  const { describe, expect, test } = testRunner();
  const { vendor, grants } = subject;
  const [grant] = grants;

  describe(`odd foreign key: a listing with keys of others, read by the adapter of ${vendor.descriptor.displayName}`, () => {
    if (vendor.descriptor.adminKey === "none" && vendor.descriptor.strategy === "manual") {
      test("has none where the vendor lists no keys: what is listed is what the ledger knows", async () => {
        const harness = new ContractHarness(subject);
        const ours = await someKey(harness, subject, 86_400);
        await subject.mintManually?.(harness.simulator, "", 86_400);
        expect((await harness.adapter.list({})).map(({ id }) => id)).toEqual([ours.id]);
        expect(harness.effects).toEqual([]);
      });
      return;
    }

    test.each([null, undefined])("is read although names and dates of such keys are %j", async (nothing) => {
      // GIVEN
      const harness = new ContractHarness(subject);
      const { id } = await harness.mint({ ...(await harness.owner()), name: NAME, grant, expiresInSeconds: 86_400 });
      const before = await harness.adapter.list({});
      const adapter = harness.connect({
        fetch: async (input, init = {}) => {
          const response = await harness.fetch(String(input), init);
          const text = await response.text();
          return new Response(withOddKeys(text, id, nothing), { status: response.status });
        },
      });

      // WHEN
      const after = await adapter.list({});

      // THEN: ours is as it was, and nothing odd is taken for one of ours.
      expect(after.find((key) => key.id === id)).toEqual(before.find((key) => key.id === id));
    });
  });
}

/**
 * Beside each object that speaks of the key: the same of another key, once without each of the
 * fields.
 */
function withOddKeys(text: string, id: string, nothing: null | undefined): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(body, (_, value: unknown) => {
    if (!Array.isArray(value)) return value;
    const ours = value.filter((item) => typeof item === "object" && item !== null && JSON.stringify(item).includes(id));
    return [...value, ...ours.flatMap((item) => oddOnes(item, id, nothing))];
  });
}

function oddOnes(item: object, id: string, nothing: null | undefined): object[] {
  const last = id.at(-1) === "0" ? "1" : "0";
  const other: Record<string, unknown> = JSON.parse(
    JSON.stringify(item)
      .replaceAll(id, id.slice(0, -1) + last)
      .replaceAll(LINEAGE, "/"),
  );
  const fields = Object.keys(other).filter(
    (field) => MAY_LACK.test(field) && !String(other[field]).includes(id.slice(0, -1)),
  );
  return fields.map((field) => ({ ...other, [field]: nothing }));
}
