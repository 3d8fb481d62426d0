import { expect, it } from "vitest";
import { listenToHangups } from "./hangups.ts";

it("RLD-9: a SIGHUP before there is anything to reload is kept, and each one after that is handled", () => {
  let count = 0;
  {
    using hangups = listenToHangups();
    process.emit("SIGHUP");
    process.emit("SIGHUP");
    hangups.handle(() => (count += 1));
    expect(count).toBe(1);
    process.emit("SIGHUP");
    expect(count).toBe(2);
  }
  expect(process.listenerCount("SIGHUP")).toBe(0);
});
