/** Something the lab's user can act on: shown as one sentence, without a stack. */
export class LabError extends Error {
  override readonly name = "LabError";
}
