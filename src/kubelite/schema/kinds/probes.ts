import type { Lifecycle, Probe } from 'kubernetes-types/core/v1.d.ts';
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../../kubernetes/fieldError.ts';
import { portName } from '../../../kubernetes/names.ts';
import { negativeErrors, rangeErrors } from './range.ts';

const LAST_PORT = 65_535;
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** The handler of a probe or hook, of whichever kind. */
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { readonly sleep?: object };

/** What is wrong with a probe. `once`: its successThreshold must be 1 (liveness, startup). */
export function probeErrors(probe: Probe | undefined, at: string, succeeds: 'once' | 'often'): FieldError[] {
  if (probe === undefined) return [];
  const fields = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const;
  const threshold = probe.successThreshold;
  return [
    ...handlerErrors(probe, at),
    ...fields.flatMap((field) => negativeErrors(`${at}.${field}`, probe[field])),
    ...(succeeds === 'once' && threshold !== 1
      ? [invalid(`${at}.successThreshold`, threshold, 'must be 1')]
      : []),
  ];
}

/** What is wrong with the hooks of a container. */
export function lifecycleErrors(lifecycle: Lifecycle | undefined, at: string): FieldError[] {
  const { postStart, preStop } = lifecycle ?? {};
  return [
    ...(postStart ? handlerErrors(postStart, `${at}.postStart`) : []),
    ...(preStop ? handlerErrors(preStop, `${at}.preStop`) : []),
  ];
}

function handlerErrors(handler: Handler, at: string): FieldError[] {
  const given = HANDLERS.filter((kind) => handler[kind] !== undefined);
  const [first, ...more] = given;
  if (first === undefined) return [required(at, 'must specify a handler type')];
  return [
    ...(handler.exec && (handler.exec.command ?? []).length === 0 ? [required(`${at}.exec.command`)] : []),
    ...(handler.httpGet ? httpErrors(handler.httpGet, `${at}.httpGet`) : []),
    ...(handler.tcpSocket ? portErrors(handler.tcpSocket.port, `${at}.tcpSocket.port`) : []),
    ...more.map((kind) => forbidden(`${at}.${kind}`, 'may not specify more than 1 handler type')),
  ];
}

function httpErrors(get: NonNullable<Probe['httpGet']>, at: string): FieldError[] {
  const schemes = ['HTTP', 'HTTPS'];
  return [
    ...((get.path ?? '') === '' ? [required(`${at}.path`)] : []),
    ...portErrors(get.port, `${at}.port`),
    ...(schemes.includes(get.scheme ?? '') ? [] : [notSupported(`${at}.scheme`, get.scheme, schemes)]),
  ];
}

function portErrors(port: number | string, field: string): FieldError[] {
  if (typeof port === 'number') return rangeErrors(field, port, 1, LAST_PORT);
  return portName(port).map((why) => invalid(field, port, why));
}
