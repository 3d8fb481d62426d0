// `npm run contracts:image`: keeps the contracts as they are now as the ones that must not be broken. Run it at a release, or when
// others may rely on what was added. A breaking change is refused, unless it is wanted: `-- --accept-breaking`.
import { runProgram } from "../check/run-program.ts";
import { imageFile } from "./checks.ts";

const accepted = process.argv.includes("--accept-breaking");
const breaking = accepted
  ? { code: 0, output: "" }
  : await runProgram("buf", ["breaking", "proto", "--exclude-imports", "--against", imageFile]);
if (breaking.code === 0) {
  const { code, output } = await runProgram("buf", ["build", "proto", "--exclude-source-info", "-o", imageFile]);
  console.log(code === 0 ? `Wrote ${imageFile}.` : output);
  process.exitCode = code;
} else {
  console.log(
    `${breaking.output}\nThe contracts break what ${imageFile} holds. If that is wanted: npm run contracts:image -- --accept-breaking`,
  );
  process.exitCode = 1;
}
