import type * as v from "valibot";
import { VendorError } from "../model/vendor-error";
import type { RateLimiter } from "../rate-limit/rate-limiter";
import { type Exchange, exchange, failure, isSuccess, isToken, parseAnswer, type Transport } from "./exchange";

export interface AdminCall<Output> extends Exchange {
  readonly answer: v.GenericSchema<unknown, Output>;
}

/** Calls of a vendor's admin API: paced, with the admin key, judged by status and parsed. */
export class AdminClient {
  readonly #transport: Transport;
  readonly #adminKey: () => Promise<string>;
  readonly #pacer: RateLimiter;

  constructor(transport: Transport, adminKey: () => Promise<string>, rateLimiter: RateLimiter) {
    this.#transport = transport;
    this.#adminKey = adminKey;
    this.#pacer = rateLimiter;
  }

  async call<Output>(request: AdminCall<Output>): Promise<Output> {
    const { endpoint } = request;
    const { dialect } = this.#transport;
    const adminKey = (await this.#adminKey()).trim();
    if (!isToken(adminKey)) {
      throw new VendorError("admin_refused", endpoint, "the admin key is empty or holds characters that no key has");
    }
    await this.#pacer.permit(endpoint, request.signal);
    const answer = await exchange(this.#transport, adminKey, request);
    if (!isSuccess(answer.status)) {
      const error = failure(dialect, endpoint, answer);
      const throttled = answer.status === 429 || error.kind === "throttled";
      if (throttled) await this.#pacer.throttled(endpoint, answer.retryAfterSeconds);
      throw error;
    }
    return parseAnswer(dialect, request.answer, answer.body, endpoint, answer.status);
  }
}

/** What a listing asks next: the query of its next page, or nothing where it has ended. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: ReadonlyArray<readonly [name: string, value: string]> | undefined;
}

/** Stops a listing that never ends. */
const PAGES_MAX = 1_000;
/** What a function can hold in memory. */
const ITEMS_MAX = 50_000;
const TEXT_MAX_MIB = 16;

/** All pages of a listing. Throws where it does not move on, or has more pages than `pagesMax`. */
export async function allPages<Item>(
  vendor: string,
  endpoint: string,
  pageAt: (query: ReadonlyArray<readonly [string, string]>) => Promise<Page<Item>>,
  pagesMax: number = PAGES_MAX,
): Promise<Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let textLength = 0;
  let query: ReadonlyArray<readonly [string, string]> = [];
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await pageAt(query);
    for (const item of page.items) items.push(item);
    if (items.length > ITEMS_MAX) {
      throw new VendorError("unexpected", endpoint, `${vendor}'s ${endpoint} lists more than ${ITEMS_MAX} items`);
    }
    // Each page is bounded by itself: many of them are more than a function holds.
    textLength += JSON.stringify(page.items).length;
    if (textLength > TEXT_MAX_MIB * 1_048_576) {
      throw new VendorError("unexpected", endpoint, `${vendor}'s ${endpoint} lists more than ${TEXT_MAX_MIB} MiB`);
    }
    if (page.next === undefined) return items;
    const asked = JSON.stringify(page.next);
    if (seen.has(asked)) throw stuckPages(vendor, endpoint);
    seen.add(asked);
    query = page.next;
  }
  throw new VendorError("unexpected", endpoint, `${vendor}'s ${endpoint} has more than ${pagesMax} pages`);
}

export function stuckPages(vendor: string, endpoint: string): VendorError {
  return new VendorError("unexpected", endpoint, `${vendor}'s pages of ${endpoint} do not move on`);
}
