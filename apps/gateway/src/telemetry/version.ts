/** The version of this package, for `tapio_build_info` and the traces' resource; a test holds it to package.json. */
export const VERSION = "0.1.0";
