/**
 * Gives this process simulated time: `Date` is moved, timers stay real.
 * @returns sets the time, Unix milliseconds, from which on it flows.
 */
export function simulateTime(): (nowMillis: number) => void {
  const realNow = Date.now.bind(Date);
  let offsetMillis = 0;
  const now = () => realNow() + offsetMillis;
  const RealDate = Date;
  RealDate.now = now;
  const SimulatedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = SimulatedDate;
  globalThis.Date = SimulatedDate;
  return (nowMillis) => {
    offsetMillis = nowMillis - realNow();
  };
}
