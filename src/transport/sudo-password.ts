import type { TransportOptions } from "./transport.js";

type Ask = NonNullable<TransportOptions["sudoPassword"]>;

/** Prompts once per account, even if two connections to it open at the same time. */
export function onceATarget(ask: Ask = () => Promise.resolve(undefined)): Ask {
  const answers = new Map<string, ReturnType<Ask>>();
  return (target) => {
    const account = `${target.user}@${target.address}:${target.port}`;
    const answer = answers.get(account) ?? ask(target);
    answers.set(account, answer);
    return answer;
  };
}
