export { createAdmission, defaultAdmissionLimits } from "./admission.ts";
export type { Admission, AdmissionLimits, AdmissionOptions, Pressure } from "./admission.ts";
export { createOccurrencesEndpoint } from "./occurrences-endpoint.ts";
export type { OccurrencesOptions } from "./occurrences-endpoint.ts";
export type { Hangup, SourceEndpoint, SourceRequest, SourceResponse } from "./source-endpoint.ts";
