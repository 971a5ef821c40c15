import type { Piece } from "../../messages";

/** Pieces of an answer that come one after the other, for whoever sends them on. */
export class PieceQueue implements AsyncIterable<Piece> {
  readonly #waiting: Piece[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;
  #count = 0;

  /** Of all that were added. */
  get count(): number {
    return this.#count;
  }

  add(piece: Piece): void {
    this.#waiting.push(piece);
    this.#count++;
    this.#wake?.();
  }

  /** Adds the last one. */
  end(piece: Piece): void {
    this.#isEnded = true;
    this.add(piece);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece> {
    for (;;) {
      for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) yield piece;
      if (this.#isEnded) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
