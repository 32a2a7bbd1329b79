import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";

/** A word that fits. */
export interface Candidate {
  readonly value: string;
  /** One line, empty for a word that says itself what it is. */
  readonly what: string;
}

/** The words that fit, and whether names of files fit too. */
export interface Completions {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

/** The names in the operator's files. */
export interface Names {
  /** @param playbook `undefined`: the built-in one */
  readonly steps: (playbook: string | undefined) => Promise<readonly Candidate[]>;
  readonly hosts: (inventory: string) => Promise<readonly Candidate[]>;
}

/** The inventory that `init` writes, if the command line names none. */
const INVENTORY = "inventory.yaml";

/**
 * The words that can stand at the end of a command line.
 * @param words the words after the program's name; the last one is the beginning of the word that is completed
 */
export async function completions(
  program: CommandUnknownOpts,
  words: readonly string[],
  names: Names,
): Promise<Completions> {
  const current = words.at(-1) ?? "";
  const line = parsed(program, words.slice(0, -1));
  const { command, awaiting } = line;
  const [, flag, value] = /^(--[^=]+)=(.*)$/.exec(current) ?? [];
  const assigned = flag === undefined ? undefined : optionOf(command, flag);
  if (assigned !== undefined)
    return valuesOf(placeholder(assigned.flags), assigned.argChoices, value ?? "", line, names);
  if (awaiting !== undefined && (!awaiting.variadic || !current.startsWith("-")))
    return valuesOf(placeholder(awaiting.flags), awaiting.argChoices, current, line, names);
  if (current.startsWith("-")) return { candidates: beginning(optionsOf(command), current), files: false };
  const commands = line.arguments > 0 ? [] : beginning(commandsOf(command), current);
  const argument = command.registeredArguments[line.arguments];
  if (argument === undefined) return { candidates: commands, files: false };
  return valuesOf(argument.name(), argument.argChoices, current, line, names);
}

/** The complete words of a command line. */
interface Line {
  readonly command: CommandUnknownOpts;
  /** How many arguments of the command there are. */
  readonly arguments: number;
  /** The last option, if its value follows. */
  readonly awaiting: Option | undefined;
  /** Long flag → the last value. */
  readonly values: ReadonlyMap<string, string>;
}

function parsed(program: CommandUnknownOpts, words: readonly string[]): Line {
  let command = program;
  let count = 0;
  let awaiting: Option | undefined;
  const values = new Map<string, string>();
  for (const word of words) {
    if (awaiting !== undefined && (!awaiting.variadic || !word.startsWith("-"))) {
      values.set(awaiting.long ?? "", word);
      if (!awaiting.variadic) awaiting = undefined;
      continue;
    }
    awaiting = undefined;
    const [flag = "", value] = word.split("=");
    const option = word.startsWith("-") ? optionOf(command, flag) : undefined;
    const next = command.commands.find((one) => one.name() === word);
    if (option?.required === true && value !== undefined) values.set(option.long ?? "", value);
    else if (option?.required === true) awaiting = option;
    else if (next !== undefined && count === 0) command = next;
    else if (!word.startsWith("-")) count += 1;
  }
  return { command, arguments: count, awaiting, values };
}

/** What a placeholder stands for decides what completes it: `<file>`, `<step>`, `<host>` or `<host,…>`. */
async function valuesOf(
  what: string,
  choices: readonly string[] | undefined,
  current: string,
  { values }: Line,
  names: Names,
): Promise<Completions> {
  if (choices !== undefined)
    return {
      candidates: beginning(
        choices.map((value) => ({ value, what: "" })),
        current,
      ),
      files: false,
    };
  const inventory = values.get("--inventory") ?? INVENTORY;
  switch (what) {
    case "file":
      return { candidates: [], files: true };
    case "step":
      return { candidates: beginning(await names.steps(values.get("--playbook")), current), files: false };
    case "host":
      return { candidates: beginning(await names.hosts(inventory), current), files: false };
    case "host,…": {
      const before = current.slice(0, current.lastIndexOf(",") + 1);
      const used = before.split(",");
      const hosts = (await names.hosts(inventory)).filter(({ value }) => !used.includes(value));
      const listed = hosts.map(({ value, what: about }) => ({ value: `${before}${value}`, what: about }));
      return { candidates: beginning(listed, current), files: false };
    }
    default:
      return { candidates: [], files: false };
  }
}

/** The name in `--from <step>`. */
function placeholder(flags: string): string {
  return /<(.*?)(?:\.\.\.)?>/.exec(flags)?.[1] ?? "";
}

function optionOf({ options }: CommandUnknownOpts, flag: string): Option | undefined {
  return options.find(({ short, long }) => flag === short || flag === long);
}

function optionsOf(command: CommandUnknownOpts): Candidate[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map(({ long, short, description }) => ({ value: long ?? short ?? "", what: description }));
}

function commandsOf(command: CommandUnknownOpts): Candidate[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((one) => ({ value: one.name(), what: one.description() }));
}

function beginning(all: readonly Candidate[], start: string): Candidate[] {
  return all.filter(({ value }) => value.startsWith(start));
}
