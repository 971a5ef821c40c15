/** `unknown`: nobody can tell, since a text or a context key is not known. */
export type Answer = "yes" | "no" | "unknown";

export function answerOf(value: boolean): Answer {
  return value ? "yes" : "no";
}

export function not(answer: Answer): Answer {
  return answer === "unknown" ? "unknown" : answerOf(answer === "no");
}

/** `yes` where there is none. */
export function all(answers: Iterable<Answer>): Answer {
  let result: Answer = "yes";
  for (const answer of answers) {
    if (answer === "no") return "no";
    if (answer === "unknown") result = "unknown";
  }
  return result;
}

/** `no` where there is none. */
export function any(answers: Iterable<Answer>): Answer {
  let result: Answer = "no";
  for (const answer of answers) {
    if (answer === "yes") return "yes";
    if (answer === "unknown") result = "unknown";
  }
  return result;
}
