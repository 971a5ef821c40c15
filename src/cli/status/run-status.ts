import { setTimeout as sleep } from "node:timers/promises";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { defined } from "../../model/defined";
import { observeResultSchema } from "../../model/events";
import { count, isoSeconds } from "../../model/units";
import { json } from "../../output/json";
import { type Printable, withEnd } from "../../output/printable";
import type { Printer } from "../../output/streams";
import { control, joined, line } from "../../output/terminal";
import { Controller, lambdaClient } from "../operator-commands/controller";
import { type KeyAddress, parseIssuer, parseKeyAddress } from "../operator-commands/key-address";
import { Progress } from "../progress";
import { exitCodeOfSignal, Signals } from "../run-in-sandbox";
import { connectAws } from "./aws";
import { historyOfNothing, noSuchKey, nothingReadable } from "./errors";
import { filtered } from "./filters";
import { historyLines, readHistory } from "./history";
import { type Inventory, type Sources, takeInventory, type Wanted } from "./inventory";
import { Look } from "./look";
import { reasonLines, statusTable } from "./render";
import type { KeyState } from "./states";

export interface StatusOptions {
  readonly issuer?: readonly string[];
  readonly table?: readonly string[];
  readonly owner?: string;
  readonly state?: readonly KeyState[];
  /** Seconds. */
  readonly expiringWithin?: number;
  readonly live?: true;
  /** Of the named keys. */
  readonly history?: true;
  /** Seconds between two looks. */
  readonly watch?: number;
  readonly region?: string;
  readonly json?: true;
  /** Minutes that a look may take. */
  readonly timeout?: number;
}

const TIMEOUT_MINUTES = 15;

export interface Streams {
  readonly out: Printer;
  readonly progress: Printer;
}

/** @returns the exit code: 0 shown, 1 where the time limit kept something from being known. */
export async function runStatus(names: readonly string[], options: StatusOptions, streams: Streams): Promise<number> {
  const addresses = names.map(parseKeyAddress);
  if (options.history && (addresses.length === 0 || options.watch !== undefined)) throw historyOfNothing();
  const issuers = [...new Set([...(options.issuer ?? []).map(parseIssuer), ...addresses.map((a) => a.prefix)])];
  const wanted: Wanted = { issuers, tables: options.table ?? [] };
  const region = options.region ?? addresses.find((a) => a.region !== undefined)?.region;
  const aws = await connectAws(region);
  const progress = new Progress(streams.progress);
  const lambda = options.live ? lambdaClient(region) : undefined;
  const look = async <T>(taken: (sources: Sources) => Promise<T>): Promise<{ found: T; missed: boolean }> => {
    const look = new Look(progress, (options.timeout ?? TIMEOUT_MINUTES) * 60_000);
    const { signal } = look;
    const sources: Sources = {
      ...aws,
      table: (name) => aws.table(name, signal),
      kmsKeys: aws.kmsKeys(signal),
      look,
      ...(lambda === undefined ? {} : { observe: observer(lambda, signal) }),
    };
    try {
      return { found: await taken(sources), missed: look.missed };
    } finally {
      look.end();
    }
  };
  const show = async () => {
    const { found, missed } = await look((sources) => takeInventory(sources, wanted));
    const text = reportOf(found, addresses, options, aws.clock.now(), missed);
    const clear = options.watch !== undefined && streams.out.isTTY === true && !options.json;
    if (clear) streams.out.write(control.clearScreen);
    streams.out.write(withEnd(text));
    return missed ? 1 : 0;
  };
  if (options.history) {
    const { found, missed } = await look((sources) => historyOf(sources, addresses, options));
    streams.out.write(withEnd(found));
    return missed ? 1 : 0;
  }
  return options.watch === undefined ? await show() : await watch(show, options.watch);
}

async function historyOf(
  sources: Sources,
  addresses: readonly KeyAddress[],
  { table = [], json: asJson }: StatusOptions,
): Promise<Printable> {
  const read = await Promise.all(
    addresses.map(async (address) => ({
      name: `${address.prefix}/${address.key}`,
      history: await readHistory(sources, address, table),
    })),
  );
  if (asJson) return json(read);
  return joined(
    read.map(({ name, history }) => joined(historyLines(name, history), "\n")),
    "\n\n",
  );
}

/** Until a signal ends it. */
async function watch(show: () => Promise<unknown>, everySeconds: number): Promise<number> {
  const interruption = new AbortController();
  const { signal } = interruption;
  new Signals().listen((name) => interruption.abort(name));
  while (!signal.aborted) {
    await show();
    await sleep(everySeconds * 1_000, undefined, { signal }).catch(() => undefined);
  }
  return exitCodeOfSignal(signal.reason);
}

function observer(lambda: LambdaClient, signal: AbortSignal): NonNullable<Sources["observe"]> {
  return (issuer, event) => new Controller(lambda, issuer, "observer").order(event, observeResultSchema, signal);
}

/** What is printed. Throws SK330 for a name that nobody knows, SK331 where nothing can be known. */
export function reportOf(
  inventory: Inventory,
  addresses: readonly KeyAddress[],
  options: StatusOptions,
  nowMillis: number,
  missed = false,
): Printable {
  const now = Math.floor(nowMillis / 1_000);
  const { gaps } = inventory;
  if (inventory.keys.length === 0 && inventory.readable.length === 0 && gaps.length > 0)
    throw nothingReadable(gaps, missed);
  const named = inventory.keys.filter(
    ({ issuer, key }) =>
      addresses.length === 0 ||
      options.issuer?.includes(issuer) ||
      addresses.some((address) => address.prefix === issuer && address.key === key),
  );
  for (const { prefix, key } of addresses) {
    if (named.some((found) => found.issuer === prefix && found.key === key)) continue;
    throw noSuchKey(
      `${prefix}/${key}`,
      inventory.keys.map(({ name }) => name),
    );
  }
  const { owner, state, expiringWithin } = options;
  const { shown, undecided } = filtered(
    named,
    {
      ...defined({ owner, state, expiringWithinSeconds: expiringWithin }),
    },
    now,
  );
  if (options.json) {
    const report = { at: isoSeconds(now), keys: shown, undecided: undecided.map(({ name }) => name), gaps };
    // One line for each look, so that a reader can tell them apart.
    return json(report, options.watch === undefined ? "lines" : "one line");
  }
  const summary = `${count(shown.length, "key")}${shown.length === inventory.keys.length ? "" : ` of ${inventory.keys.length}`}, seen ${isoSeconds(now)}`;
  const notes = [
    ...reasonLines(shown),
    ...gaps,
    ...(undecided.length === 0
      ? []
      : [`not known whether the filters match: ${undecided.map((k) => k.name).join(", ")}`]),
  ];
  const blocks = [statusTable(shown, now), notes.map(line), [line(summary)]].filter((block) => block.length > 0);
  return joined(
    blocks.map((block) => joined(block, "\n")),
    "\n\n",
  );
}
