import type { CompletionCommand, CompletionOption } from "./words";

export function fishCompletion(commands: readonly CompletionCommand[]): string {
  const lines = commands.flatMap(({ name, description, options, choices }) => {
    if (name === "") return options.map((option) => optionLine("__fish_use_subcommand", option));
    const here = `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c scoped-keys -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...options.map((option) => optionLine(here, option)),
      ...(choices.length === 0
        ? []
        : [`complete -c scoped-keys -n ${quoted(here)} -f -a ${quoted(choices.join(" "))}`]),
    ];
  });
  return [
    '# fish completion of scoped-keys, written by "scoped-keys completion fish"',
    ...lines,
    "complete -c cdktf-scoped-keys -w scoped-keys",
    "",
  ].join("\n");
}

function optionLine(condition: string, { flags, description, value, choices }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes = value === "required" ? [choices.length === 0 ? "-r" : `-x -a ${quoted(choices.join(" "))}`] : [];
  return ["complete -c scoped-keys", `-n ${quoted(condition)}`, ...names, ...takes, `-d ${quoted(description)}`].join(
    " ",
  );
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
