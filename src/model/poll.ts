export interface Poll<Answer> {
  /** The first answer, which is there. */
  readonly first: Answer;
  readonly again: () => Promise<Answer>;
  readonly isGood: (answer: Answer) => boolean;
  /** Before each further question. As many as there are questions. */
  readonly pausesMillis: readonly number[];
  readonly sleep: (millis: number) => Promise<void>;
}

/** Asks again until an answer is good. @returns the last answer, good or not */
export async function poll<Answer>({ first, again, isGood, pausesMillis, sleep }: Poll<Answer>): Promise<Answer> {
  let answer = first;
  for (const pauseMillis of pausesMillis) {
    if (isGood(answer)) return answer;
    await sleep(pauseMillis);
    answer = await again();
  }
  return answer;
}
