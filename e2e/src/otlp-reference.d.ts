declare module "otlp-reference/build/src/generated/root.js" {
  const root: unknown;
  export default root;
}
