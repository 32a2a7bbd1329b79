import { packagedFile } from "./packaged-file.js";

/** The version of k8s-ha, from package.json. */
export const { version } = JSON.parse(packagedFile("package.json")) as { version: string };
