/** What both bundles have in common: the one for Node.js (`esbuild.config.js`) and that of the single executable. */
export const bundle = {
  bundle: true,
  platform: "node",
  // Names stay, for a stack trace that can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // ssh2's optional native parts; it does without.
  external: ["cpu-features"],
  loader: { ".node": "empty" },
  logLevel: "warning",
};
