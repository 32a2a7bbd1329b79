import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT, EXIT_MEANINGS } from "./exit-codes.js";

/** The manual page of a program in the language of man(7), made from its commands. */
export function manPage(program: CommandUnknownOpts): string {
  const name = program.name();
  const help = program.createHelp();
  const section = (title: string, ...lines: string[]): string[] => [`.SH ${title}`, ...lines];
  return [
    `.TH ${roff(name.toUpperCase())} 1 "" "${roff(`${name} ${program.version() ?? ""}`)}" "User Commands"`,
    ...section("NAME", `${roff(name)} \\- ${roff(program.description().replace(/\.$/, ""))}`),
    ...section("SYNOPSIS", `.B ${roff(name)}`, roff("COMMAND [OPTION...]")),
    ...section("COMMANDS", ...help.visibleCommands(program).flatMap((one) => commandLines(one, name))),
    ...section(
      "EXIT STATUS",
      ...Object.entries(EXIT).flatMap(([key, code]) =>
        entry(String(code), EXIT_MEANINGS[key as keyof typeof EXIT]),
      ),
    ),
    ...section(
      "ENVIRONMENT",
      ...entry("NO_COLOR", "No colors, if it is set."),
      ...entry("XDG_STATE_HOME", "The directory of the journals is below it (default: ~/.local/state)."),
    ),
    "",
  ].join("\n");
}

function commandLines(command: CommandUnknownOpts, parent: string): string[] {
  const help = command.createHelp();
  const name = `${parent} ${command.name()}`;
  const under = help.visibleCommands(command).filter((one) => one.name() !== "help");
  if (under.length > 0) return under.flatMap((one) => commandLines(one, name));
  return [
    `.SS "${roff(`${name} ${command.usage()}`)}"`,
    `${roff(command.description())}.`,
    ...help
      .visibleArguments(command)
      .flatMap((argument) => entry(argument.name(), help.argumentDescription(argument))),
    ...help
      .visibleOptions(command)
      .filter(({ long }) => long !== "--help")
      .flatMap((option) => entry(help.optionTerm(option), help.optionDescription(option))),
  ];
}

function entry(term: string, text: string): string[] {
  return [".TP", `.B ${roff(term)}`, roff(text)];
}

/** Text of which nothing is a request or an escape of roff. */
function roff(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replaceAll("…", "...");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
