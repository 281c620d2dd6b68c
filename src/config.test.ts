import { describe, expect, test } from '@jest/globals';
import { resolve } from 'node:path';
import { type ConfigError, type Environment, readConfig, showSettings } from './config.ts';

function problemsOf(environment: Environment): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ name, problem }) => `${name} ${problem}`);
  }
}

describe('the settings', () => {
  test('have defaults that serve on port 8080 of this machine with data under ./var', () => {
    const { config, warnings } = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 8080, varFolder: resolve('var'), allowClearText: false });
    expect(config.databaseUrl).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('count an empty value as absent, as docker compose passes what is not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' }).config).toMatchObject({ port: 8080 });
  });

  test('are reported all at once when several are wrong, without their values', () => {
    const problems = problemsOf({ PORT: '80800', DATABASE_URL: 'mysql://root:hunter2@db', LOG_LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'DATABASE_URL', 'LOG_LEVEL']);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('refuse a name that nearly is one of theirs, and say which', () => {
    expect(problemsOf({ PASSERELLE_KEYS: 'x' })).toEqual([
      'PASSERELLE_KEYS is not a setting: likely misspelt for PASSERELLE_KEY',
    ]);
  });

  test('warn of other unknown names, but not of those that Kubernetes makes up', () => {
    const { warnings } = readConfig({
      PASSERELLE_COLOUR: 'blue',
      PASSERELLE_PORT: 'tcp://10.0.0.1',
      PASSERELLE_SERVICE_HOST: '10.0.0.1',
    });
    expect(warnings.map((warning) => warning.name)).toEqual(['PASSERELLE_COLOUR']);
  });

  test('want both files of TLS or none', () => {
    expect(problemsOf({ PASSERELLE_TLS_CERT: 'cert.pem' })).toEqual([
      expect.stringContaining('PASSERELLE_TLS_KEY is missing'),
    ]);
  });

  test.each([
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    ['', []],
  ])('read trusted proxies "%s"', (text, proxies) => {
    expect(readConfig({ PASSERELLE_TRUSTED_PROXIES: text }).config.trustedProxies).toEqual(proxies);
  });

  test.each(['10.0.0.0/33', 'proxy.example', '10.0.0.1/8/8'])('refuse the trusted proxy "%s"', (text) => {
    expect(problemsOf({ PASSERELLE_TRUSTED_PROXIES: text })).toHaveLength(1);
  });

  test('are shown with default and value, secrets masked', () => {
    const shown = showSettings({ PORT: '9000', PASSERELLE_DEMO_PASSWORD: 'hunter2' });
    expect(shown.find(({ name }) => name === 'PORT')).toMatchObject({
      value: '9000',
      default: '8080',
      isDefault: false,
    });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });
});
