/** Where a playbook's own steps may run, besides hosts by name. */
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

/** Whether a word is a group, and no host's name. */
export function isPlace(word: string): word is Place {
  return PLACES.some((place) => place === word);
}
