/** The groups on which a playbook's own steps may run, besides single hosts. */
export const PLACES = [
  "operator",
  "all",
  "controlPlane",
  "firstMaster",
  "newMasters",
  "loadBalancers",
  "workers",
] as const;

/** One of {@link PLACES}. */
export type Place = (typeof PLACES)[number];

/** Whether a word is a group, not a host name. */
export function isPlace(word: string): word is Place {
  return PLACES.some((place) => place === word);
}
