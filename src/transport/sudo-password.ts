import type { Secret } from "../shell/secret.js";
import type { SshTarget } from "./transport.js";

/** Gives sudo's password on a host; undefined if there is none. */
export type AskPassword = (target: SshTarget) => Promise<Secret | undefined>;

/** A person is not asked twice for the same account, also when two connections to it open at once. */
export function onceATarget(ask: AskPassword = () => Promise.resolve(undefined)): AskPassword {
  const answers = new Map<string, Promise<Secret | undefined>>();
  return (target) => {
    const account = `${target.user}@${target.address}:${target.port}`;
    const answer = answers.get(account) ?? ask(target);
    answers.set(account, answer);
    return answer;
  };
}
