/** Names as OpenAI has them; nothing behind them is real. */
export const MODELS: readonly string[] = [
  "gpt-5",
  "gpt-5-mini",
  "gpt-4.1",
  "gpt-4o-mini",
  "text-embedding-3-large",
  "text-embedding-3-small",
  "gpt-5.2",
];
