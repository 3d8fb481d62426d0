// `npm run generate`: formats the contracts and generates their TypeScript.
import { runProgram } from "../check/run-program.ts";

for (const args of [["format", "-w", "proto"], ["lint"], ["generate"]]) {
  const { code } = await runProgram("buf", args, true);
  if (code !== 0) {
    console.log(`buf ${args.join(" ")} failed; what it said stands above.`);
    process.exit(code);
  }
}
console.log("Generated libs/contracts/src/gen from proto.");
