import { parseArgs } from "node:util";
import { figuresOf } from "./report";
import { type MassEvent, massEvent, TIGHT } from "./scenarios";

const EVENTS: Readonly<Record<string, Omit<MassEvent, "keys" | "seed">>> = {
  "together, few retries": { windows: "together", retries: "few", outageHours: 0, hours: 50, applies: true },
  "together, no retries": { windows: "together", retries: "none", outageHours: 0, hours: 50, applies: true },
  "outage of 48 h, together": { windows: "together", retries: "few", outageHours: 48, hours: 72, applies: false },
  "outage of 48 h, together, overlap of 2 h": {
    windows: "together",
    retries: "few",
    outageHours: 48,
    hours: 72,
    applies: false,
    policy: TIGHT,
  },
  "spread over the week": { windows: "spread", retries: "few", outageHours: 0, hours: 8 * 24, applies: true },
  "outage of 48 h, spread": { windows: "spread", retries: "few", outageHours: 48, hours: 12 * 24, applies: false },
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      keys: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      only: { type: "string", default: "" },
    },
  });
  for (const [name, event] of Object.entries(EVENTS)) {
    if (!name.includes(values.only)) continue;
    const began = performance.now();
    const { fleet, names } = await massEvent({ ...event, keys: Number(values.keys), seed: Number(values.seed) });
    console.log(`${name} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
    for (const [what, figure] of Object.entries(figuresOf(fleet, names))) console.log(`  ${what}: ${figure}`);
    for (const what of fleet.figures.broken.slice(0, 5)) console.log(`  BROKEN: ${what}`);
    if (fleet.figures.broken.length > 0 || (fleet.figures.deadMillis.length > 0 && event.policy !== TIGHT))
      process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
