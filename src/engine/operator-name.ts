import { hostname, userInfo } from "node:os";

/** Who runs this program, as `USER@MACHINE`. */
export function operatorName(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Some containers have a user id without a name.
    return String(process.getuid?.());
  }
}
