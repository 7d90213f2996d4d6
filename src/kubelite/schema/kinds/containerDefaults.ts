import type { Container, ContainerPort, Lifecycle, Probe } from 'kubernetes-types/core/v1.d.ts';
import { ImageReferenceError, parseImageReference } from '../../../kubernetes/imageReference.ts';

/** A container with the API server's defaults. */
export function defaultContainer(container: Container, hostNetwork: boolean): Container {
  const { limits, requests } = container.resources ?? {};
  const resources = {
    ...container.resources,
    // What is limited and not asked for is asked for as much as it is limited.
    ...(limits ? { requests: { ...limits, ...requests } } : {}),
  };
  return {
    ...container,
    ...(container.ports ? { ports: container.ports.map((port) => defaultPort(port, hostNetwork)) } : {}),
    ...(container.env ? { env: container.env.map(defaultVariable) } : {}),
    resources,
    ...probes(container),
    ...(container.lifecycle ? { lifecycle: defaultLifecycle(container.lifecycle) } : {}),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
    imagePullPolicy: container.imagePullPolicy || pullPolicy(container.image ?? ''),
  };
}

/** Always for the tag latest, or none; a digest alone can't change under its name. */
function pullPolicy(image: string): string {
  try {
    const { tag, digest } = parseImageReference(image);
    return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
  } catch (error) {
    if (error instanceof ImageReferenceError) return 'IfNotPresent';
    throw error;
  }
}

function defaultPort(port: ContainerPort, hostNetwork: boolean): ContainerPort {
  const hostPort = hostNetwork && !port.hostPort ? { hostPort: port.containerPort } : {};
  return { ...port, ...hostPort, protocol: port.protocol || 'TCP' };
}

type Variable = NonNullable<Container['env']>[number];

function defaultVariable(variable: Variable): Variable {
  const field = variable.valueFrom?.fieldRef;
  if (!field) return variable;
  const fieldRef = { ...field, apiVersion: field.apiVersion || 'v1' };
  return { ...variable, valueFrom: { ...variable.valueFrom, fieldRef } };
}

function probes(container: Container): Partial<Container> {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return {
    ...(livenessProbe ? { livenessProbe: defaultProbe(livenessProbe) } : {}),
    ...(readinessProbe ? { readinessProbe: defaultProbe(readinessProbe) } : {}),
    ...(startupProbe ? { startupProbe: defaultProbe(startupProbe) } : {}),
  };
}

function defaultProbe(probe: Probe): Probe {
  return {
    ...probe,
    ...(probe.httpGet ? { httpGet: defaultHttpGet(probe.httpGet) } : {}),
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  const { postStart, preStop } = lifecycle;
  return {
    ...lifecycle,
    ...(postStart?.httpGet
      ? { postStart: { ...postStart, httpGet: defaultHttpGet(postStart.httpGet) } }
      : {}),
    ...(preStop?.httpGet ? { preStop: { ...preStop, httpGet: defaultHttpGet(preStop.httpGet) } } : {}),
  };
}

type HttpGet = NonNullable<Probe['httpGet']>;

function defaultHttpGet(get: HttpGet): HttpGet {
  return { ...get, path: get.path || '/', scheme: get.scheme || 'HTTP' };
}
