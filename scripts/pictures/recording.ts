import { escaped } from "./svg";

const COLUMNS = 104;
const ROWS = 32;
const LINE_HEIGHT = 19;
const WIDTH = 920;
const TOP = 56;
const HEIGHT = TOP + ROWS * LINE_HEIGHT;
/** What is shown where nothing moves: the plan that tells of drift. */
const STILL = /exit code 2|changed at OpenAI/i;

const FIRST_STEP = /^1\. /;
const STEP = /^\d+\. /;
const LAST = /^All \d+ steps showed /;
const DURATION = / after (?:\d+m)?\d+s\b/g;

/**
 * The demo's steps out of all that was printed, without how long Terraform took.
 * @throws where the demo did not come to its end
 */
export function transcriptOf(printed: string): string {
  const lines = printed.split(/\r?\n/);
  const first = lines.findIndex((line) => FIRST_STEP.test(line));
  const last = lines.findIndex((line) => LAST.test(line));
  if (first < 0 || last < first) throw new Error("The demo did not come to its end");
  const steps = lines.slice(first, last).map((line) => line.replace(DURATION, "").trimEnd());
  while (steps.at(-1) === "") steps.pop();
  return `${steps.join("\n")}\n`;
}

interface Row {
  readonly text: string;
  readonly style: string;
}

const EMPTY: Row = { text: "", style: "" };

/** A line as a terminal of so many columns shows it. */
function wrapped(line: string): Row[] {
  const [margin = ""] = /^ *(?:│ +)?/.exec(line) ?? [];
  const style = styleOf(line);
  const rows: Row[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const blank = rest.lastIndexOf(" ", COLUMNS);
    const end = blank > Math.max(margin.length, COLUMNS / 2) ? blank : COLUMNS;
    rows.push({ text: rest.slice(0, end), style });
    rest = `${margin}${rest.slice(end).trimStart()}`;
  }
  return [...rows, { text: rest, style }];
}

/**
 * Blocks begin with a step, a command or a call; a frame holds as many of one step as it has room
 * for.
 */
function framesOf(transcript: string): Row[][] {
  const frames: Row[][] = [];
  let title: Row[] = [];
  let frame: Row[] = [];
  const end = () => {
    if (frame.length > title.length) frames.push(frame);
    frame = [...title];
  };
  for (const block of transcript.trimEnd().split(/\n\n/)) {
    const rows = block.split("\n").flatMap(wrapped);
    if (STEP.test(block)) {
      end();
      title = [...rows, EMPTY];
      frame = [...title];
    } else {
      if (frame.length + rows.length > ROWS) end();
      // What is longer than a frame goes on in the next one.
      for (let from = 0; from < rows.length; from += ROWS - title.length) {
        if (from > 0) end();
        frame.push(...rows.slice(from, from + ROWS - title.length));
      }
      if (frame.length < ROWS) frame.push(EMPTY);
    }
  }
  end();
  return frames;
}

function styleOf(line: string): string {
  if (STEP.test(line)) return "step";
  if (/^ {2}[$→] /.test(line)) return "command";
  const [, quoted] = /^ {2}│ ?(.*)$/.exec(line) ?? [];
  if (quoted === undefined) return "said";
  if (/^(?:… )/.test(quoted)) return "dim";
  if (/^\s*\+|^200\b/.test(quoted)) return "added";
  if (/^\s*-(?! *│)|^401\b/.test(quoted)) return "removed";
  if (/^\s*~/.test(quoted)) return "changed";
  return "quoted";
}

const STYLE = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #d1d7e0; }
  .page { fill: #151b23; stroke: #3d444d; }
  .step { font-weight: 700; fill: #ffffff; }
  .command { fill: #76e3ea; }
  .said { fill: #ffffff; }
  .dim { fill: #9198a1; }
  .added { fill: #56d364; }
  .removed { fill: #ff7b72; }
  .changed { fill: #e3b341; }
  .frame { visibility: hidden; }
  .still { visibility: visible; }`;

/** Long enough to read: a part for the page, and a part for each row. */
const secondsFor = (rows: readonly Row[]): number => 1.5 + 0.22 * rows.filter((row) => row !== EMPTY).length;

function motion(frames: ReadonlyArray<readonly Row[]>): string {
  const seconds = frames.map(secondsFor);
  const total = seconds.reduce((sum, one) => sum + one, 0);
  const percent = (upTo: number) =>
    ((100 * seconds.slice(0, upTo).reduce((sum, one) => sum + one, 0)) / total).toFixed(2);
  const frame = (index: number): string[] => [
    `    #f${index} { animation: k${index} ${total.toFixed(1)}s step-end infinite; }`,
    `    @keyframes k${index} { 0% { visibility: ${index === 0 ? "visible" : "hidden"}; } ` +
      `${percent(index)}% { visibility: visible; } ${percent(index + 1)}% { visibility: ${
        index === frames.length - 1 ? "visible" : "hidden"
      }; } }`,
  ];
  return [
    "  @media (prefers-reduced-motion: no-preference) {",
    ...frames.flatMap((_, index) => frame(index)),
    "  }",
  ].join("\n");
}

/**
 * The recording of README: one frame after another, or the frame with the drift where nothing is to
 * move.
 */
export function recording(transcript: string): string {
  const frames = framesOf(transcript);
  const still = frames.findIndex((rows) => rows.some(({ text }) => STILL.test(text)));
  if (still < 0) throw new Error("No frame of the recording tells of drift");
  const drawn = frames.map((rows, index) => [
    `<g id="f${index}" class="frame${index === still ? " still" : ""}">`,
    ...rows.flatMap(({ text, style }, line) => {
      const y = TOP + line * LINE_HEIGHT;
      return text === "" ? [] : [`<text xml:space="preserve" class="${style}" x="20" y="${y}">${escaped(text)}</text>`];
    }),
    "</g>",
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
    '<title id="title">Recording of the demo: deploy, diff, drift, heal, a week, destroy</title>',
    `<style>${STYLE}\n${motion(frames)}\n</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="10"/>`,
    '<text class="dim" x="20" y="26">npm run demo</text>',
    ...drawn.flat(),
    "</svg>",
    "",
  ].join("\n");
}
