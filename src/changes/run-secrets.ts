import { randomBytes } from "node:crypto";
import { generatePassword, generateVrrpPassword } from "../config-files/vrrp-password.js";
import { Secret } from "../shell/secret.js";

/** The secrets of one run, only in memory. */
export class RunSecrets {
  #certificateKey: Secret | undefined;
  #vrrpPassword: Secret | undefined;
  #statsPassword: Secret | undefined;

  /** The key that kubeadm encrypts the uploaded certificates with: 64 hex digits. */
  get certificateKey(): Secret {
    return (this.#certificateKey ??= new Secret(randomBytes(32).toString("hex")));
  }

  /** A new VRRP password; VRRP uses at most 8 characters. */
  get newVrrpPassword(): Secret {
    return (this.#vrrpPassword ??= generateVrrpPassword());
  }

  /** A new password for haproxy's statistics page. */
  get newStatsPassword(): Secret {
    return (this.#statsPassword ??= generatePassword(24));
  }
}
