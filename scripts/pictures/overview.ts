import { escaped } from "./svg";

/** Who calls whom, and where a key's value is. All lengths are in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly notes: readonly string[];
  /** A key's value is there. */
  readonly value?: boolean;
}

interface Arrow {
  /** An SVG path. */
  readonly path: string;
  /** The label's middle. */
  readonly at: readonly [x: number, y: number];
  readonly label: string;
  /** A key's value goes along. */
  readonly value?: boolean;
  readonly both?: boolean;
}

const WIDTH = 1040;
const HEIGHT = 480;

const BOXES: readonly Box[] = [
  { x: 20, y: 56, width: 176, height: 54, title: "terraform apply", notes: ["cdktf deploy, destroy"] },
  { x: 20, y: 126, width: 176, height: 54, title: "rotation", notes: ["Secrets Manager’s schedule"] },
  { x: 20, y: 196, width: 176, height: 54, title: "schedule", notes: ["EventBridge, every hour"] },
  { x: 20, y: 266, width: 176, height: 54, title: "scoped-keys", notes: ["commands of an operator"] },
  { x: 20, y: 366, width: 176, height: 54, title: "terraform plan", notes: ["cdktf diff"] },
  { x: 346, y: 56, width: 140, height: 264, title: "controller", notes: ["Lambda", "reads and writes"], value: true },
  { x: 346, y: 366, width: 140, height: 54, title: "observer", notes: ["Lambda, reads only"] },
  { x: 646, y: 56, width: 170, height: 72, title: "vendor", notes: ["OpenAI, Bedrock, …"], value: true },
  { x: 646, y: 152, width: 170, height: 72, title: "secret", notes: ["Secrets Manager"], value: true },
  { x: 646, y: 248, width: 170, height: 72, title: "ledger", notes: ["DynamoDB: ids,", "times, policies"] },
  {
    x: 886,
    y: 56,
    width: 134,
    height: 168,
    title: "your program",
    notes: ["with a role", "that you grant"],
    value: true,
  },
];

const ARROWS: readonly Arrow[] = [
  { path: "M196 83H340", at: [268, 75], label: "create, change, revoke" },
  { path: "M196 153H340", at: [268, 145], label: "rotate" },
  { path: "M196 223H340", at: [268, 215], label: "sweep" },
  { path: "M196 293H340", at: [268, 285], label: "revoke, retain" },
  { path: "M196 393H340", at: [268, 385], label: "what has changed?" },
  { path: "M492 92H640", at: [566, 84], label: "mint, test, revoke", value: true, both: true },
  { path: "M492 188H640", at: [566, 180], label: "store", value: true, both: true },
  { path: "M492 284H640", at: [566, 276], label: "record", both: true },
  { path: "M816 188H880", at: [849, 180], label: "read", value: true },
  { path: "M886 92H822", at: [853, 84], label: "call", value: true },
];

const STYLE = `
  text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .note, .label { fill: #59636e; }
  .label, .legend { text-anchor: middle; font-size: 12px; }
  .page { fill: #ffffff; stroke: #d1d9e0; }
  .box { fill: #f6f8fa; stroke: #818b98; }
  .group { fill: none; stroke: #818b98; stroke-dasharray: 4 4; }
  .has { stroke: #bc4c00; stroke-width: 2; }
  .arrow { fill: none; stroke: #818b98; stroke-width: 1.5; }
  .way { stroke: #bc4c00; stroke-width: 2.5; }
  .head { fill: #818b98; }
  .dot, .way-head { fill: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note, .label { fill: #a8b1bb; }
    .page { fill: #0d1117; stroke: #3d444d; }
    .box { fill: #151b23; stroke: #656c76; }
    .group, .arrow { stroke: #656c76; }
    .has, .way { stroke: #f0883e; }
    .head { fill: #656c76; }
    .dot, .way-head { fill: #f0883e; }
  }`;

const DESCRIPTION =
  "Terraform, the rotation schedule of Secrets Manager, an hourly schedule and an operator call the controller. The controller mints keys at " +
  "the vendor, stores their values in Secrets Manager and records ids, times and policies in the ledger. A plan calls the observer, which " +
  "compares vendor, secret and ledger without reading a value. Your program reads the secret and calls the vendor. A key's value is only at the " +
  "vendor, in the controller, in the secret and in your program.";

function box({ x, y, width, height, title, notes, value }: Box): string[] {
  const middle = x + width / 2;
  const top = y + height / 2 - notes.length * 9 + 5;
  return [
    `<rect class="box${value ? " has" : ""}" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`,
    ...(value ? [`<circle class="dot" cx="${x + width - 14}" cy="${y + 14}" r="5"/>`] : []),
    `<text class="title" text-anchor="middle" x="${middle}" y="${top}">${escaped(title)}</text>`,
    ...notes.map(
      (note, index) =>
        `<text class="note" text-anchor="middle" x="${middle}" y="${top + 18 * (index + 1)}">${escaped(note)}</text>`,
    ),
  ];
}

function arrow({ path, at: [x, y], label, value, both }: Arrow): string[] {
  const head = `url(#${value ? "way" : "head"})`;
  return [
    `<path class="arrow${value ? " way" : ""}" d="${path}" marker-end="${head}"${both ? ` marker-start="${head}"` : ""}/>`,
    `<text class="label" x="${x}" y="${y}">${escaped(label)}</text>`,
  ];
}

function marker(id: string, style: string): string {
  const shape = `<path class="${style}" d="M0 0L10 5L0 10z"/>`;
  const place = 'viewBox="0 0 10 10" refX="5" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"';
  return `<marker id="${id}" ${place} orient="auto-start-reverse">${shape}</marker>`;
}

/** The picture of README, readable on a light page and on a dark one. */
export function overview(): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title description">`,
    '<title id="title">Who calls whom, and where a key’s value is</title>',
    `<desc id="description">${escaped(DESCRIPTION)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<defs>${marker("head", "head")}${marker("way", "way-head")}</defs>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="10"/>`,
    '<rect class="group" x="630" y="40" width="202" height="296" rx="10"/>',
    // The one arrow with a corner.
    '<path class="arrow" d="M486 393H731V344"/>',
    '<path class="head" d="M726 344L731 335L736 344z"/>',
    '<text class="label" x="608" y="385">compare, without values</text>',
    '<text class="label" x="108" y="34">who calls</text>',
    '<text class="label" x="416" y="34">the issuer, deployed with your stack</text>',
    ...ARROWS.flatMap(arrow),
    ...BOXES.flatMap(box),
    '<circle class="dot" cx="266" cy="449" r="5"/>',
    '<text x="280" y="454">a key’s value is here</text>',
    '<path class="arrow way" d="M446 450H496"/>',
    '<text x="508" y="454">a key’s value moves</text>',
    '<path class="arrow" d="M666 450H716"/>',
    '<text x="728" y="454">a call without a value</text>',
    "</svg>",
    "",
  ].join("\n");
}
