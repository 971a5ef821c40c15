import { allPages } from "../../src/http/admin-client";

const ENDPOINT = "GET /keys";

describe("a listing that never ends", () => {
  const listing = (items: readonly unknown[], next = (page: number) => String(page)) => {
    let page = 0;
    return allPages("Acme", ENDPOINT, async () => {
      page += 1;
      return { items, next: [["page", next(page)]] };
    });
  };

  test.each([
    ["pages that do not move on", () => listing([{}], () => "1"), "do not move on"],
    ["too many pages", () => listing([{}]), "more than 1000 pages"],
    ["too many items", () => listing(Array.from({ length: 1_000 }, () => ({}))), "more than 50000 items"],
    ["items that are too long", () => listing([{ name: "x".repeat(1_048_576) }]), "more than 16 MiB"],
  ])("is given up: %s", async (_what, list, words) => {
    await expect(list()).rejects.toMatchObject({ kind: "unexpected", message: expect.stringContaining(words) });
  });

  test("an ordinary one is read to its end", async () => {
    const pages = [["a", "b"], ["c"]];
    const read = allPages("Acme", ENDPOINT, async (query) => {
      const at = Number(query[0]?.[1] ?? 0);
      return { items: pages[at] ?? [], next: at === 0 ? [["page", "1"]] : undefined };
    });
    expect(await read).toEqual(["a", "b", "c"]);
  });
});
