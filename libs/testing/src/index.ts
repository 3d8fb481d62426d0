export type { ContractCase } from "./contract-case.ts";
export type { IntegrationPeer, IntegrationSubject, PeerMode } from "./integration-subject.ts";
