import type { CreateError } from '../decide/decision.ts';

/** The same refusal for every pod that a run of that name may want to make. */
export function refusalOfAll(runName: string, error: CreateError): Map<string, CreateError> {
  const names = Array.from({ length: 20 }, (_, index) => index + 1).flatMap((attempt) => [
    `${runName}-m${attempt}`,
    `${runName}-x${attempt}`,
  ]);
  return new Map(names.map((one) => [one, error]));
}
