/** A code of the catalogue. */
export type ReasonCode = string;
