import { describe, expect, it } from 'vitest';
import { aPipeline } from '../../testing/aPipeline.ts';
import { pipelineTiming } from './timing.ts';

describe('pipelineTiming', () => {
  it('reads schedule, zone and whether it is on', () => {
    expect(pipelineTiming(aPipeline())).toEqual({
      schedule: '0 0 * * *',
      timeZone: 'Europe/Berlin',
      suspend: false,
    });
  });

  it('is suspended only where the pipeline says no', () => {
    expect(pipelineTiming(aPipeline({ enabled: false }))?.suspend).toBe(true);
    expect(pipelineTiming(aPipeline({ enabled: null }))?.suspend).toBe(false);
  });

  it('takes UTC where no zone is said', () => {
    const airflowConfig = { scheduleInterval: '5 4 * * *', pipelineTimezone: ' ' };
    expect(pipelineTiming(aPipeline({ airflowConfig }))?.timeZone).toBe('UTC');
  });

  it('is nothing for a pipeline on demand', () => {
    expect(pipelineTiming(aPipeline({ airflowConfig: {} }))).toBeUndefined();
    expect(pipelineTiming(aPipeline({ airflowConfig: undefined }))).toBeUndefined();
  });
});
