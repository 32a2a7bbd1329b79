/** The file with names that a host resolves without DNS. */
export const HOSTS_FILE = "/etc/hosts";
const MARK = "# managed by k8s-ha";

/** The text of /etc/hosts in which a name has exactly one address; all other lines and names are unchanged. */
export function withHostsEntry(text: string, name: string, address: string): string {
  const lines = text.split("\n").flatMap((line) => {
    const [, start = "", rest = ""] = /^(\s*[^\s#]+)(.*)$/.exec(line) ?? [];
    const [names = "", ...comment] = rest.split("#");
    const words = names.split(/(?<=\S)(?=\s)/);
    const others = words.filter((word) => word.trim() !== name);
    if (others.length === words.length) return [line];
    const isEmpty = others.every((word) => word.trim() === "");
    return isEmpty ? [] : [[start + others.join(""), ...comment].join("#")];
  });
  const end = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  return `${[...end, `${address} ${name} ${MARK}`].join("\n")}\n`;
}
