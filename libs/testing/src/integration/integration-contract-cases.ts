import type { ContractCase } from "../contract-case.ts";
import type { IntegrationSubject } from "../integration-subject.ts";
import { deliveryCases } from "./delivery-cases.ts";
import { failureCases } from "./failure-cases.ts";
import { healthCases } from "./health-cases.ts";
import { lifecycleCases } from "./lifecycle-cases.ts";
import { stateCases } from "./state-cases.ts";

/**
 * The suite that every integration passes. Each case starts its own peer and closes everything that it opened; the cases are
 * to be run one after the other.
 */
export function integrationContractCases<Config>(subject: IntegrationSubject<Config>): ContractCase[] {
  return [...lifecycleCases(subject), ...deliveryCases(subject), ...failureCases(subject), ...healthCases(subject), ...stateCases(subject)];
}
