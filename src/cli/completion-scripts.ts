/** The shells that have a script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/**
 * The completion script of each shell. It runs `k8s-ha complete LINE` with the line up to the cursor, which prints a
 * word that fits, a tab and its description per line, or `:files`. Nothing of what was typed is evaluated.
 */
export const completionScripts: Readonly<Record<(typeof SHELLS)[number], string>> = {
  // It needs no bash-completion. Bash replaces only what follows =, and the other shells the whole word.
  bash: `_k8s_ha() {
  local value what
  COMPREPLY=()
  while IFS=$'\\t' read -r value what; do
    if [[ $value == :files ]]; then compopt -o default; else COMPREPLY+=("$value"); fi
  done < <(k8s-ha complete "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _k8s_ha k8s-ha
`,
  // A file in fpath is the body of the function at its first call.
  zsh: `#compdef k8s-ha
_k8s-ha() {
  local line
  local -a found
  for line in "\${(@f)$(k8s-ha complete "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done
  [[ $PREFIX == -*=* ]] && compset -P 1 '*='
  if [[ $found[1] == '\\:files' ]]; then _files; else _describe -V k8s-ha found; fi
}
if [[ $funcstack[1] == _k8s-ha ]]; then _k8s-ha "$@"; else compdef _k8s-ha k8s-ha; fi
`,
  fish: `function __k8s_ha
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[^=]+=' "$word")
    for line in (k8s-ha complete (commandline -cp | string collect) 2>/dev/null)
        if test "$line" = :files
            set -l path (string replace -- "$option" '' "$word")
            string replace -r -- '^' "$option" (__fish_complete_path "$path")
        else
            printf '%s\\n' "$option$line"
        end
    end
end
complete -c k8s-ha -f -a '(__k8s_ha)'
`,
};
