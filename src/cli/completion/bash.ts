import type { CompletionCommand } from "./words";

/**
 * All that is put into the script are names of commands, flags and choices: words without blanks or
 * quotes.
 */
export function bashCompletion(commands: readonly CompletionCommand[]): string {
  const names = commands.map(({ name }) => name).filter((name) => name !== "");
  return `# bash completion of scoped-keys, written by "scoped-keys completion bash"
_scoped_keys() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="" command="" words="" choices="" i
  if ((COMP_CWORD > 0)); then prev="\${COMP_WORDS[COMP_CWORD - 1]}"; fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${names.join("|")}) command="\${COMP_WORDS[i]}"; break ;;
      --) break ;;
    esac
  done
  case "$command $prev" in
${commands.flatMap(values).join("\n")}
  esac
  case "$command" in
${commands.map((command) => offered(command, names)).join("\n")}
  esac
  if [[ "$cur" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  elif [[ -n "$choices" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _scoped_keys scoped-keys cdktf-scoped-keys
`;
}

/** What stands after an option that takes a value. */
function values({ name, options }: CompletionCommand): string[] {
  return options
    .filter(({ value }) => value === "required")
    .map(({ flags, choices }) => {
      const patterns = flags.map((flag) => `"${name} ${flag}"`).join("|");
      const words = choices.length === 0 ? "-f" : `-W "${choices.join(" ")}"`;
      return `    ${patterns}) mapfile -t COMPREPLY < <(compgen ${words} -- "$cur"); return ;;`;
    });
}

function offered({ name, options, choices }: CompletionCommand, names: readonly string[]): string {
  const flags = options.flatMap((option) => option.flags).join(" ");
  return `    "${name}") words="${flags}"; choices="${(name === "" ? names : choices).join(" ")}" ;;`;
}
