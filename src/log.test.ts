import { describe, expect, test } from '@jest/globals';
import { createLogs, type LogLevels, parseLogLevels } from './log.ts';

function capture(levels: LogLevels) {
  const lines: Record<string, unknown>[] = [];
  const logs = createLogs(levels, {
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { logs, lines };
}

describe('the log', () => {
  test('writes one line of JSON with the level in words, the time, the module and the fields', () => {
    const { logs, lines } = capture({ level: 'info', modules: {} });
    logs('soap').info({ messageId: 'm-1' }, 'message');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), module: 'soap', messageId: 'm-1', msg: 'message' },
    ]);
  });

  test('lets modules differ in their level', () => {
    const { logs, lines } = capture({ level: 'warn', modules: { soap: 'debug' } });
    logs('soap').debug({}, 'seen');
    logs('http').info({}, 'not seen');
    expect(lines.map((line) => line.msg)).toEqual(['seen']);
  });

  test('never writes what stands under the name of a secret, at any usual depth', () => {
    const { logs, lines } = capture({ level: 'info', modules: {} });
    const secrets = {
      password: 'p1',
      token: 'p2',
      authorization: 'p3',
      cookie: 'p4',
      secret: 'p5',
      'set-cookie': 'p6',
    };
    logs('http').info({ ...secrets, headers: secrets, request: { headers: secrets } }, 'request');
    expect(JSON.stringify(lines)).not.toMatch(/p[1-6]/);
    expect(lines[0]).toMatchObject({ request: { headers: { cookie: '[secret]' } } });
  });

  test('nor in lists, nor what hangs on an error or its cause', () => {
    const { logs, lines } = capture({ level: 'info', modules: {} });
    const cause = Object.assign(new Error('refused'), { headers: { authorization: 'p1' }, token: 'p2' });
    const error = Object.assign(new Error('failed', { cause }), { config: { password: 'p3' }, secret: 'p4' });
    logs('http').warn({ err: error, attempts: [{ user: 'ada', password: 'p5' }] }, 'request');
    expect(JSON.stringify(lines)).not.toMatch(/p[1-5]/);
    expect(lines[0]).toMatchObject({ err: { message: 'failed: refused' }, attempts: [{ user: 'ada' }] });
  });

  test('leaves what it is given as it is', () => {
    const { logs } = capture({ level: 'info', modules: {} });
    const fields = { headers: { cookie: 'p1' } };
    logs('http').info(fields, 'request');
    expect(fields).toEqual({ headers: { cookie: 'p1' } });
  });
});

describe('LOG_LEVEL', () => {
  test('is a level, or a level and modules that differ', () => {
    expect(parseLogLevels('info')).toEqual({ level: 'info', modules: {} });
    expect(parseLogLevels('warn, soap=debug,http=ERROR')).toEqual({
      level: 'warn',
      modules: { soap: 'debug', http: 'error' },
    });
  });

  test.each(['loud', 'info,warn', 'soap=loud', 'soap=info=debug', ''])(
    'is refused in words when it is "%s"',
    (text) => {
      expect(typeof parseLogLevels(text)).toBe('string');
    },
  );
});
