import { describe, expect, it } from 'vitest';
import { cronOMJobSpecSchema } from '../core/schedule/cronOMJob.ts';
import { cronOMJobCrd } from './cronOMJobCrd.ts';
import type { StructuralSchema } from './structuralSchema.ts';

const crd = cronOMJobCrd() as {
  metadata: { name: string };
  spec: {
    names: { shortNames: string[]; singular: string };
    versions: {
      subresources: object;
      additionalPrinterColumns: { name: string; priority?: number }[];
      schema: { openAPIV3Schema: StructuralSchema };
    }[];
  };
};
const [version] = crd.spec.versions;
const root = version?.schema.openAPIV3Schema.properties ?? {};
const spec = root['spec'] ?? {};

describe('the CRD of CronOMJob', () => {
  it('is found under the names that OpenMetadata uses', () => {
    expect(crd.metadata.name).toBe('cronomjobs.pipelines.openmetadata.org');
    expect(crd.spec.names).toMatchObject({ shortNames: ['comj'], singular: 'cronomjob' });
    expect(version?.subresources).toEqual({ status: {} });
  });

  it('shows the columns of the chart, in its order', () => {
    const shown = (version?.additionalPrinterColumns ?? []).filter(({ priority = 0 }) => priority === 0);
    expect(shown.map(({ name }) => name)).toEqual(['Schedule', 'Suspended', 'Last Schedule', 'Age']);
  });

  it('demands a schedule and a job, and has every field that is read of it', () => {
    expect(spec.required).toEqual(['schedule', 'omJobSpec']);
    expect(Object.keys(spec.properties ?? {})).toEqual(Object.keys(cronOMJobSpecSchema.shape));
  });

  it("has the chart's defaults", () => {
    expect(spec.properties).toMatchObject({
      timeZone: { default: 'UTC' },
      suspend: { default: false },
      successfulJobsHistoryLimit: { default: 3 },
      failedJobsHistoryLimit: { default: 3 },
    });
  });

  it('keeps what OpenMetadata shows of it', () => {
    expect(Object.keys(root['status']?.properties ?? {})).toEqual(
      expect.arrayContaining(['lastScheduleTime', 'lastOMJobName', 'message']),
    );
  });
});
