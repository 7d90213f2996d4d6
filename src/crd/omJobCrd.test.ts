import { describe, expect, it } from 'vitest';
import { omJobSpecSchema } from '../core/omjob/omJob.ts';
import { omJobCrd } from './omJobCrd.ts';
import type { StructuralSchema } from './structuralSchema.ts';

const crd = omJobCrd() as {
  metadata: { name: string };
  spec: {
    names: { shortNames: string[]; singular: string };
    versions: {
      name: string;
      subresources: object;
      additionalPrinterColumns: { name: string; priority?: number }[];
      schema: { openAPIV3Schema: StructuralSchema };
    }[];
  };
};
const [version] = crd.spec.versions;
const spec = version?.schema.openAPIV3Schema.properties?.['spec'] ?? {};
const main = spec.properties?.['mainPodSpec'] ?? {};

describe('the CRD of OMJob', () => {
  it('is found under the names that OpenMetadata uses', () => {
    expect(crd.metadata.name).toBe('omjobs.pipelines.openmetadata.org');
    expect(crd.spec.names).toMatchObject({ shortNames: ['omj'], singular: 'omjob' });
    expect(version).toMatchObject({ name: 'v1', subresources: { status: {} } });
  });

  it('shows the columns of the chart, in its order', () => {
    const shown = (version?.additionalPrinterColumns ?? []).filter(({ priority = 0 }) => priority === 0);
    expect(shown.map(({ name }) => name)).toEqual(['Phase', 'Main Pod', 'Exit Handler', 'Age']);
  });

  it("has the chart's defaults", () => {
    expect(main.properties?.['imagePullPolicy']).toMatchObject({ default: 'IfNotPresent' });
    expect(spec.properties?.['ttlSecondsAfterFinished']).toMatchObject({ default: 86_400 });
  });

  it('demands no more than a main pod with an image', () => {
    expect(spec.required).toEqual(['mainPodSpec']);
    expect(main.required).toEqual(['image']);
  });

  it('keeps fields of a pod that it does not know', () => {
    expect(main['x-kubernetes-preserve-unknown-fields']).toBe(true);
    expect(main.properties?.['env']?.items?.properties?.['valueFrom']).toMatchObject({
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });

  it('has every field that is read of it, and the phases that OpenMetadata knows', () => {
    expect(Object.keys(spec.properties ?? {})).toEqual(Object.keys(omJobSpecSchema.shape));
    const status = version?.schema.openAPIV3Schema.properties?.['status'] ?? {};
    expect(status.properties?.['phase']).toMatchObject({
      enum: ['Pending', 'Running', 'ExitHandlerRunning', 'Succeeded', 'Failed'],
    });
  });

  it('keeps the whole status of the run', () => {
    const status = version?.schema.openAPIV3Schema.properties?.['status'] ?? {};
    expect(status.properties?.['endwell']).toMatchObject({ 'x-kubernetes-preserve-unknown-fields': true });
  });
});

describe('omJobSpecSchema', () => {
  it('takes a job as OpenMetadata writes it', () => {
    const job = {
      mainPodSpec: {
        image: 'openmetadata/ingestion-base:1.5.0',
        imagePullPolicy: 'IfNotPresent',
        serviceAccountName: 'openmetadata-ingestion',
        command: ['python', 'main.py'],
        env: [
          { name: 'pipelineType', value: 'metadata' },
          { name: 'config', valueFrom: { configMapKeyRef: { name: 'om-config-a', key: 'config' } } },
          { name: 'empty', valueFrom: {} },
        ],
        resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      },
      exitHandlerSpec: { image: 'openmetadata/ingestion-base:1.5.0', command: ['python', 'exit_handler.py'] },
      ttlSecondsAfterFinished: 604_800,
    };
    expect(omJobSpecSchema.safeParse(job)).toMatchObject({ success: true, data: job });
  });

  it('refuses a job without a main pod, and a pull policy that is none', () => {
    expect(omJobSpecSchema.safeParse({}).success).toBe(false);
    const odd = { mainPodSpec: { image: 'a', imagePullPolicy: 'Sometimes' } };
    expect(omJobSpecSchema.safeParse(odd).success).toBe(false);
  });
});
