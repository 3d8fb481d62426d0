import { Severity, SeveritySchema } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { atLeast, parseSeverity, severityName } from "./severity.ts";

describe("severity", () => {
  it("has a name for each value of the contract, and reads each of them back", () => {
    for (const { number, localName, name } of SeveritySchema.values) {
      const severity = number as Severity;
      expect(severityName(severity)).toBe(localName.toLowerCase());
      const read = severity === Severity.UNSPECIFIED ? undefined : severity;
      expect(parseSeverity(localName)).toBe(read);
      expect(parseSeverity(name)).toBe(read);
    }
  });

  it("names what has no name as unspecified", () => expect(severityName(17 as Severity)).toBe("unspecified"));

  it.each([" Warning ", "severity_warning"])("reads %j whatever its case", (name) => expect(parseSeverity(name)).toBe(Severity.WARNING));
  it.each(["", "loud", "3", "SEVERITY_", "toString"])("does not read %j", (name) => expect(parseSeverity(name)).toBeUndefined());

  it("compares by urgency", () => {
    expect(atLeast(Severity.ERROR, Severity.WARNING)).toBe(true);
    expect(atLeast(Severity.WARNING, Severity.WARNING)).toBe(true);
    expect(atLeast(Severity.INFO, Severity.WARNING)).toBe(false);
  });
});
