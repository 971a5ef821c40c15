import type { CompletionCommand, CompletionOption } from "./words";

export function zshCompletion(commands: readonly CompletionCommand[]): string {
  const [program, ...rest] = commands;
  return `#compdef scoped-keys cdktf-scoped-keys
# zsh completion of scoped-keys, written by "scoped-keys completion zsh"
_scoped_keys() {
  local -a commands
  commands=(
${rest.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    if [[ "\${words[2]}" == -* ]]; then
      _arguments ${(program?.options ?? []).flatMap(specs).join(" ")}
    else
      _describe command commands
    fi
    return
  fi
  local command="\${words[2]}"
  shift words
  ((CURRENT--))
  case "$command" in
${rest.map(branch).join("\n")}
  esac
}
if [[ "\${funcstack[1]}" == "_scoped_keys" ]]; then _scoped_keys "$@"; else compdef _scoped_keys scoped-keys cdktf-scoped-keys; fi
`;
}

function branch({ name, options, choices }: CompletionCommand): string {
  const rest = choices.length === 0 ? "*:file:_files" : `*:argument:(${choices.join(" ")})`;
  const lines = [...options.flatMap(specs), quoted(rest)].map((spec) => `        ${spec}`);
  return [`    ${name})`, "      _arguments \\", lines.join(" \\\n"), "      ;;"].join("\n");
}

/** One for each way to write it. */
function specs({ flags, description, value, choices, repeatable }: CompletionOption): string[] {
  const text = description.replace(/[[\]\\:]/g, "\\$&");
  const action = choices.length === 0 ? "_files" : `(${choices.join(" ")})`;
  const argument = value === "none" ? "" : `${value === "optional" ? "::" : ":"}value:${action}`;
  return flags.map((flag) => quoted(`${repeatable ? "*" : ""}${flag}[${text}]${argument}`));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
