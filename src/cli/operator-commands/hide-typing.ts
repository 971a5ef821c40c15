export interface Terminal {
  readonly isTTY?: boolean;
  /** Of a terminal: whether it passes on each key at once, and shows nothing. */
  readonly setRawMode?: (on: boolean) => unknown;
}

/**
 * From here on a terminal does not show what is typed or pasted; it is kept for who reads it. Node
 * puts the terminal back when the process ends.
 */
export function hideTyping(input: Terminal): void {
  if (input.isTTY) input.setRawMode?.(true);
}
