import type { Attributes } from "../resources";
import type { Block } from "./blocks";
import { blocksOf } from "./blocks";
import { Resolver } from "./resolver";

/** All blocks of one stack, with what they say. */
export class StackBlocks {
  readonly #resolver: Resolver;
  readonly #bodies = new Map<Block, Attributes>();

  constructor(
    readonly stack: string,
    readonly blocks: readonly Block[],
    locals: Attributes,
    /** Of a plan, texts of what is there already are no templates. */
    readonly isPlan: boolean,
  ) {
    this.#resolver = new Resolver({ blocks, locals });
  }

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

  /** A text that another reader of the same stack took as it is written. */
  text(written: string): string {
    return this.isPlan ? written : this.#resolver.text(written);
  }
}
