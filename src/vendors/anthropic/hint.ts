/** Between what a hint shows of a value's start and of its end. */
const GAP = /\.{2,}|…|\*+/;
/** As long as both ends are shown. */
const SHOWN_MIN = 3;

/** Whether a value can be the one that a hint such as `sk-ant-api03-R2D...igAA` was made of. */
export function fitsHint(hint: string, value: string): boolean {
  const [start = "", end = "", ...more] = hint.split(GAP);
  if (more.length > 0 || start.length < SHOWN_MIN || end.length < SHOWN_MIN) return false;
  return value.length > start.length + end.length && value.startsWith(start) && value.endsWith(end);
}
