/** The version of this package, for the User-Agent and the instrumentation scope; a test holds it to package.json. */
export const VERSION = "0.1.0";
