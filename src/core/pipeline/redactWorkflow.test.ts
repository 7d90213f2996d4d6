import { array, assert, constantFrom, dictionary, letrec, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aPipeline, aService } from '../testing/aPipeline.ts';
import { redactWorkflow } from './redactWorkflow.ts';
import { workflowOf } from './workflow.ts';

/** Names under which ingestion's own schemas hold secrets. */
const NAMES = [
  'password',
  'jwtToken',
  'awsSecretAccessKey',
  'awsAccessKeyId',
  'privateKeyPassphrase',
  'snowflakePrivatekeyPassphrase',
  'basicAuthUserInfo',
  'authString',
  'proxyAuthentication',
  'caCertValue',
  'sslKey',
  'credentials',
  'connectionArguments',
  'appPrivateConfig',
];

describe('redactWorkflow', () => {
  it('leaves what tells no secret', () => {
    const workflow = workflowOf(aPipeline(), aService());
    expect(redactWorkflow(workflow)).toEqual({
      ...workflow,
      source: {
        type: 'mysql',
        serviceName: 'mysql',
        serviceConnection: {
          config: {
            type: 'Mysql',
            scheme: 'mysql+pymysql',
            username: 'reader',
            authType: { password: '<redacted>' },
            hostPort: 'mysql:3306',
          },
        },
        sourceConfig: { config: { type: 'DatabaseMetadata' } },
      },
      workflowConfig: {
        loggerLevel: 'INFO',
        openMetadataServerConfig: {
          hostPort: 'http://openmetadata:8585/api',
          authProvider: 'openmetadata',
          securityConfig: { jwtToken: '<redacted>' },
        },
      },
    });
  });

  it('masks what stands under the name of a secret, however deep, and whatever is in a mapping of any content', () => {
    const { value } = letrec((tie) => ({
      value: oneof(
        { depthSize: 'small', withCrossShrink: true },
        constantFrom('s3cret-a', 's3cret-b'),
        array(tie('value'), { maxLength: 2 }),
        dictionary(string(), tie('value'), { maxKeys: 2 }),
      ),
    }));
    const inside = oneof(constantFrom('s3cret'), array(constantFrom('s3cret')));
    assert(
      property(constantFrom(...NAMES), inside, value, (name, secret, other) => {
        const text = JSON.stringify(
          redactWorkflow({ source: [{ [name]: secret, connectionOptions: other }] }),
        );
        expect(text).not.toContain('s3cret');
      }),
    );
  });

  it('masks secrets inside of text', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----';
    const texts = ['mongodb://ada:pa:ss@db/x', 'Bearer abc.def', 'x eyJa.eyJb.c y', key];
    expect(redactWorkflow({ texts })).toEqual({
      texts: ['mongodb://<redacted>@db/x', '<redacted>', 'x <redacted> y', '<redacted>'],
    });
  });

  it('keeps switches, empty values and what only sounds like a secret', () => {
    const workflow = { password: '', useToken: true, secretsManagerProvider: 'db', token: null };
    expect(redactWorkflow(workflow)).toEqual(workflow);
  });
});
