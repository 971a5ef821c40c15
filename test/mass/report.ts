import { type Fleet, HOUR, MINUTE } from "./fleet";

/** The figures that people ask for. */
export function figuresOf({ figures }: Fleet, names: readonly string[]): Record<string, string | number> {
  const own = figures.promotions.filter(({ key }) => key.startsWith("key-"));
  const first = Math.min(...own.map(({ at }) => at));
  const last = Math.max(...own.map(({ at }) => at));
  const sum = (of: (sweep: (typeof figures.sweeps)[number]) => number) =>
    figures.sweeps.reduce((total, sweep) => total + of(sweep), 0);
  const firstExpiry = Math.min(...own.map(({ at, spareMillis }) => at + spareMillis));
  const alarm =
    figures.firstAlarmAt === undefined
      ? "none"
      : `${((firstExpiry - figures.firstAlarmAt) / HOUR).toFixed(1)} h before the first expiry`;
  return {
    rotated: `${names.length - figures.unrotated(names).length} of ${names.length}, of which ${sum((s) => s.rotated)} by the sweep`,
    "first to last rotation": `${((last - first) / HOUR).toFixed(1)} h`,
    "least time left to a key when its successor came": `${(Math.min(...own.map((p) => p.spareMillis)) / HOUR).toFixed(1)} h`,
    "keys that were dead": `${figures.deadMillis.length}, for up to ${(Math.max(0, ...figures.deadMillis) / HOUR).toFixed(1)} h`,
    "longest overrun of an overlap": `${(figures.overrunMillis / HOUR).toFixed(1)} h`,
    "alarm on days until expiry": alarm,
    "answers 429": figures.throttled,
    "most calls of one endpoint in 60 s": figures.callsPerMinuteMax,
    "turns refused": figures.refusals,
    "other failures of rotation steps": figures.failures,
    applies: `${figures.applies.length}, failed ${figures.failedApplies}, longest ${(Math.max(0, ...figures.applies) / MINUTE).toFixed(1)} min`,
    sweeps: `${figures.sweeps.length}, failed ${figures.failedSweeps}, with keys left ${figures.sweeps.filter((s) => s.left > 0).length}`,
    "functions at once": figures.runsAtOnce,
    counted: JSON.stringify(Object.fromEntries(figures.counts)),
  };
}
