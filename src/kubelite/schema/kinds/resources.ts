import type { ResourceRequirements } from 'kubernetes-types/core/v1.d.ts';
import { type FieldError, invalid, required } from '../../../kubernetes/fieldError.ts';
import { qualifiedName } from '../../../kubernetes/names.ts';
import { compareQuantities, parseQuantity } from '../../../kubernetes/quantity.ts';

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];
const HUGE_PAGES = 'hugepages-';

type Amounts = Readonly<Record<string, string>>;

/** What is wrong with the limits and requests of a container. Quantities are canonical already. */
export function resourceErrors(resources: ResourceRequirements, at: string): FieldError[] {
  const { limits = {}, requests = {} } = resources;
  return [
    ...amountErrors(limits, `${at}.limits`),
    ...amountErrors(requests, `${at}.requests`),
    ...requestErrors(requests, limits, at),
  ];
}

function amountErrors(amounts: Amounts, at: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const field = `${at}[${name}]`;
    const negative = parseQuantity(amount).nano < 0n;
    return [
      ...nameErrors(name, field),
      ...(negative ? [invalid(field, amount, 'must be greater than or equal to 0')] : []),
    ];
  });
}

function nameErrors(name: string, field: string): FieldError[] {
  const errors = qualifiedName(name).map((why) => invalid(field, name, why));
  if (name.includes('/')) return errors;
  const isKnown = STANDARD.includes(name) || name.startsWith(HUGE_PAGES);
  if (errors.length === 0 && !isKnown) {
    errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  }
  if (!isKnown) errors.push(invalid(field, name, 'must be a standard resource for containers'));
  return errors;
}

function requestErrors(requests: Amounts, limits: Amounts, at: string): FieldError[] {
  const errors: FieldError[] = [];
  let wantsLimit = false;
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined) {
      wantsLimit ||= !isOvercommitted(name);
      continue;
    }
    const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
    if (order !== 0 && !isOvercommitted(name)) {
      errors.push(invalid(`${at}.requests`, request, `must be equal to ${name} limit of ${limit}`));
    } else if (order > 0) {
      errors.push(
        invalid(`${at}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`),
      );
    }
  }
  if (wantsLimit) errors.push(required(`${at}.limits`, 'Limit must be set for non overcommitable resources'));
  return errors;
}

/** Devices and huge pages are given whole: a container that asks for one has it to itself. */
function isOvercommitted(name: string): boolean {
  return !name.startsWith(HUGE_PAGES) && (!name.includes('/') || name.includes('kubernetes.io/'));
}
