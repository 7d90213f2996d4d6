import type { ContainerPort } from 'kubernetes-types/core/v1.d.ts';
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from '../../../kubernetes/fieldError.ts';
import { portName } from '../../../kubernetes/names.ts';
import { rangeErrors } from './range.ts';

const LAST_PORT = 65_535;
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** What is wrong with the ports of a container. */
export function portErrors(ports: readonly ContainerPort[], at: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `${at}[${index}]`;
    return [
      ...nameErrors(port.name ?? '', `${field}.name`, names),
      ...(port.containerPort
        ? rangeErrors(`${field}.containerPort`, port.containerPort, 1, LAST_PORT)
        : [required(`${field}.containerPort`)]),
      ...(port.hostPort ? rangeErrors(`${field}.hostPort`, port.hostPort, 1, LAST_PORT) : []),
      ...(PROTOCOLS.includes(port.protocol ?? '')
        ? []
        : [notSupported(`${field}.protocol`, port.protocol, PROTOCOLS)]),
    ];
  });
}

function nameErrors(name: string, field: string, names: Set<string>): FieldError[] {
  if (name === '') return [];
  const errors = portName(name).map((why) => invalid(field, name, why));
  if (errors.length === 0 && names.has(name)) errors.push(duplicate(field, name));
  names.add(name);
  return errors;
}
