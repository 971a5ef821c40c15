import { type Attributes, isAttributes } from "../attributes";
import type { Block } from "./blocks";
import { blocksOf } from "./blocks";
import { Resolver } from "./resolver";

/** All blocks of one stack, with what they say. */
export class StackBlocks {
  readonly #resolver: Resolver;
  readonly #bodies = new Map<Block, Attributes>();

  constructor(
    readonly stack: string,
    written: readonly Block[],
    locals: Attributes,
    /** Of a plan, texts of what is there already are no templates. */
    readonly isPlan: boolean,
  ) {
    this.blocks = written.filter(({ body }) => !isNone(body));
    this.#resolver = new Resolver({ blocks: written, locals });
  }

  /** Without those of which there is none. */
  readonly blocks: readonly Block[];

  static ofFolder(stack: string, written: Attributes): StackBlocks {
    const { locals } = written;
    const lists = Array.isArray(locals) ? locals : [locals];
    const merged = Object.assign({}, ...lists.filter((each) => typeof each === "object"));
    return new StackBlocks(stack, blocksOf(stack, written), merged, false);
  }

  /** What a block says: what is known is put in, and the rest marked as `unknownText` does. */
  body(block: Block): Attributes {
    const known = this.#bodies.get(block);
    if (known !== undefined) return known;
    const body = block.isLiteral ? block.body : this.#resolver.body(block.body);
    this.#bodies.set(block, body);
    return body;
  }

  /** Whether it certainly is there, in the account at hand: what holds others back by it holds. */
  isCertain({ body }: Block): boolean {
    const { count, for_each, provider } = body;
    const isSome = (value: unknown) =>
      value === undefined ||
      value === null ||
      typeof value === "number" ||
      (typeof value === "object" && !isEmpty(value));
    return isSome(count) && isSome(for_each) && (provider === undefined || provider === null);
  }

  /** A text that another reader of the same stack took as it is written. */
  text(written: string): string {
    return this.isPlan ? written : this.#resolver.text(written);
  }
}

/** `count` of 0, `for_each` of nothing. */
function isNone({ count, for_each }: Attributes): boolean {
  return String(count) === "0" || (typeof for_each === "object" && for_each !== null && isEmpty(for_each));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isAttributes(value) && Object.keys(value).length === 0;
}
